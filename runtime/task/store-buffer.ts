/** A task's view of a store: rows loaded for the batch at hand, and rows changed since the last checkpoint. */
import type { KeyValueAccess } from "../../processors/index.js";
import type { StoreSpec } from "../../topology/index.js";
import type { ChangedRow, ReadableStore } from "../stores/store.js";

export class StoreBuffer implements KeyValueAccess<unknown> {
  private readonly changed = new Map<string, unknown>();
  private loaded = new Map<string, unknown>();

  constructor(
    private readonly spec: StoreSpec,
    private readonly store: ReadableStore,
  ) {}

  /** Loads the rows of these keys with one call. Rows that changed since the last checkpoint are not asked for. */
  async load(keys: ReadonlySet<string>): Promise<void> {
    const missing = [...keys].filter((key) => !this.changed.has(key));
    const rows = missing.length === 0 ? [] : await this.store.getMany(missing);
    const loaded = new Map<string, unknown>();
    missing.forEach((key, index) => {
      const bytes = rows[index];
      loaded.set(key, bytes === undefined ? undefined : this.spec.codec.decode(bytes));
    });
    this.loaded = loaded;
  }

  get(key: string): unknown {
    if (this.changed.has(key)) return this.changed.get(key);
    if (!this.loaded.has(key))
      throw new Error(`store "${this.spec.name}": the row of another key than the record's was asked for`);
    return this.loaded.get(key);
  }

  put(key: string, row: unknown): void {
    this.changed.set(key, row);
  }

  /** The last row of each key that changed since the last checkpoint. */
  changedRows(): ChangedRow[] {
    return [...this.changed].map(([key, row]) => ({ key, value: this.spec.codec.encode(row as never) }));
  }

  committed(): void {
    this.changed.clear();
    this.loaded.clear();
  }

  discard(): void {
    this.changed.clear();
    this.loaded.clear();
  }
}

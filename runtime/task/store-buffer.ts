/** A task's view of a store: rows loaded for the batch at hand, and rows changed since the last checkpoint. */
import type { KeyValueAccess } from "../../processors/index.js";
import type { StoreSpec } from "../../topology/index.js";
import type { RowCache } from "../stores/row-cache.js";
import type { ChangedRow, ReadableStore } from "../stores/store.js";

export class StoreBuffer implements KeyValueAccess<unknown> {
  private readonly changed = new Map<string, unknown>();
  private loaded = new Map<string, unknown>();
  private encoded: readonly ChangedRow[] = [];
  private added = 0;

  constructor(
    private readonly spec: StoreSpec,
    private readonly store: ReadableStore,
    private readonly cache: RowCache,
  ) {}

  /** Loads the rows of these keys: with one call, those that are neither changed since the last checkpoint nor cached. */
  async load(keys: ReadonlySet<string>): Promise<void> {
    const loaded = new Map<string, unknown>();
    const missing: string[] = [];
    for (const key of keys) {
      if (this.changed.has(key)) continue;
      const cached = this.cache.get(key);
      if (cached === undefined) missing.push(key);
      else loaded.set(key, cached);
    }
    const rows = missing.length === 0 ? [] : await this.store.getMany(missing);
    missing.forEach((key, index) => {
      const bytes = rows[index];
      const row = bytes === undefined ? undefined : this.spec.codec.decode(bytes);
      if (bytes !== undefined) this.cache.set(key, row, bytes.length);
      loaded.set(key, row);
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
    if (this.get(key) === undefined) this.added += 1;
    this.changed.set(key, row);
  }

  /** How many rows there are more than at the last checkpoint. */
  get addedRows(): number {
    return this.added;
  }

  /** The last row of each key that changed since the last checkpoint. */
  changedRows(): readonly ChangedRow[] {
    this.encoded = [...this.changed].map(([key, row]) => ({ key, value: this.spec.codec.encode(row as never) }));
    return this.encoded;
  }

  committed(): void {
    for (const { key, value } of this.encoded) this.cache.set(key, this.changed.get(key), value.length);
    this.reset();
  }

  /** Cached rows go too: the store may have been written to by somebody else since. */
  discard(): void {
    this.cache.clear();
    this.reset();
  }

  private reset(): void {
    this.changed.clear();
    this.loaded.clear();
    this.encoded = [];
    this.added = 0;
  }
}

/** A task's view of a store: rows loaded for the batch at hand, and rows changed since the last checkpoint. Undefined: no row, or none any more. */
import type { KeyValueAccess } from "../../processors/index.js";
import type { StoreSpec } from "../../topology/index.js";
import type { RowCache } from "../stores/row-cache.js";
import type { ChangedRow, ReadableStore, RowPageOptions } from "../stores/store.js";

export interface LoadedPage {
  readonly rows: ReadonlyMap<string, unknown>;
  /** To go on after this page; null when there is no more. */
  readonly after: string | null;
}

export class StoreBuffer implements KeyValueAccess<unknown> {
  private changed = new Map<string, unknown>();
  private added = 0;
  /** Of the checkpoint that was handed over and is not committed yet. */
  private handedOver = new Map<string, unknown>();
  private handedOverAdded = 0;
  private encoded: readonly ChangedRow[] = [];
  private loaded = new Map<string, unknown>();

  constructor(
    private readonly spec: StoreSpec,
    private readonly store: ReadableStore,
    private readonly cache: RowCache,
  ) {}

  /** Loads the rows of these keys: with one call, those that are neither changed since the last commit nor cached. */
  async load(keys: ReadonlySet<string>): Promise<void> {
    const loaded = new Map<string, unknown>();
    const missing: string[] = [];
    for (const key of keys) {
      if (this.changed.has(key)) continue;
      // Kept here as well: its checkpoint may be committed while the others are read.
      const known = this.handedOver.get(key) ?? this.cache.get(key);
      if (known === undefined && !this.handedOver.has(key)) missing.push(key);
      else loaded.set(key, known);
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

  /** The row of the record's key goes. Nothing happens when there is none. */
  remove(key: string): void {
    if (this.get(key) === undefined) return;
    this.added -= 1;
    this.changed.set(key, undefined);
  }

  /** What the store does not hold yet: rows that have changed since the last commit, as they are. A copy. */
  uncommitted(): ReadonlyMap<string, unknown> {
    return new Map([...this.handedOver, ...this.changed]);
  }

  /** A page of the store, but for rows that have changed since the last commit; these are loaded then, and no others. */
  async loadPage(options: RowPageOptions): Promise<LoadedPage> {
    // As they are now: what is committed while the page is read may be in it as it was before.
    const { changed, handedOver } = this;
    const page = await this.store.page(options);
    const stored = page.rows.filter(({ key }) => !changed.has(key) && !handedOver.has(key));
    this.loaded = new Map(stored.map(({ key, value }) => [key, this.spec.codec.decode(value)]));
    return { rows: this.loaded, after: page.after };
  }

  /** How many rows there are more than at the last commit. */
  get addedRows(): number {
    return this.handedOverAdded + this.added;
  }

  /** The last row of each key that changed since the last call. Until they are committed they are what the store will hold. */
  handOver(): readonly ChangedRow[] {
    this.encoded = [...this.changed].map(([key, row]) => ({
      key,
      value: row === undefined ? null : this.spec.codec.encode(row as never),
    }));
    this.handedOver = this.changed;
    this.handedOverAdded = this.added;
    this.changed = new Map();
    this.added = 0;
    // What comes next may be of the same batch of records.
    for (const [key, row] of this.handedOver) if (this.loaded.has(key)) this.loaded.set(key, row);
    return this.encoded;
  }

  /** What was handed over is durable. */
  committed(): void {
    for (const { key, value } of this.encoded) {
      if (value === null) this.cache.delete(key);
      else this.cache.set(key, this.handedOver.get(key), value.length);
    }
    this.forgetHandedOver();
  }

  /** Cached rows go too: the store may have been written to by somebody else since. */
  discard(): void {
    this.cache.clear();
    this.changed.clear();
    this.loaded.clear();
    this.added = 0;
    this.forgetHandedOver();
  }

  private forgetHandedOver(): void {
    this.handedOver = new Map();
    this.handedOverAdded = 0;
    this.encoded = [];
  }
}

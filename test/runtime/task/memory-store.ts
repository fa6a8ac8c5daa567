/** A store in memory. */
import type { ChangedRow, ReadableStore, RowPage, RowPageOptions } from "../../../runtime/stores/store.js";

export class MemoryStore implements ReadableStore {
  private readonly rows = new Map<string, Uint8Array>();

  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.rows.get(key));
  }

  async page({ after, maxRows }: RowPageOptions): Promise<RowPage> {
    const keys = [...this.rows.keys()].sort().filter((key) => after === undefined || key > after);
    const rows = keys.slice(0, maxRows).map((key) => ({ key, value: this.rows.get(key) ?? new Uint8Array() }));
    return { rows, after: keys.length > maxRows ? (rows.at(-1)?.key ?? null) : null };
  }

  /** Applies the rows of a checkpoint. They are copied: what they come in is shared with other values. */
  apply(changed: Iterable<ChangedRow>): void {
    for (const { key, value } of changed) {
      if (value === null) this.rows.delete(key);
      else this.rows.set(key, Uint8Array.from(value));
    }
  }

  /** All rows, in the order in which their keys first appeared. */
  entries(): IterableIterator<[string, Uint8Array]> {
    return this.rows.entries();
  }

  get size(): number {
    return this.rows.size;
  }
}

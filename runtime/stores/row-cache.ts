/** The rows used last, decoded: those of busy conversations need neither RocksDB nor decoding. */
import { LRUCache } from "lru-cache";

export interface RowCache {
  /** A row as of the last checkpoint; undefined when it is not cached. */
  get(key: string): unknown;
  /** @param encodedBytes what the row takes encoded. */
  set(key: string, row: unknown, encodedBytes: number): void;
  delete(key: string): void;
  clear(): void;
}

/** A decoded row takes about so many times its encoded size: measured on rows of the assignment store. */
const DECODED_FACTOR = 12;
/** Of the cache itself, per row. */
const ENTRY_OVERHEAD_BYTES = 400;

export class LruRowCache implements RowCache {
  private readonly rows: LRUCache<string, object>;

  /** @param maxBytes of memory, about. */
  constructor(maxBytes: number) {
    this.rows = new LRUCache({ maxSize: Math.max(1, Math.floor(maxBytes)) });
  }

  get(key: string): unknown {
    return this.rows.get(key);
  }

  set(key: string, row: unknown, encodedBytes: number): void {
    // Rows are records; there is nothing to gain from keeping anything else.
    if (typeof row !== "object" || row === null) return;
    this.rows.set(key, row, { size: ENTRY_OVERHEAD_BYTES + key.length + encodedBytes * DECODED_FACTOR });
  }

  delete(key: string): void {
    this.rows.delete(key);
  }

  clear(): void {
    this.rows.clear();
  }

  /** Memory taken, about. */
  get sizeBytes(): number {
    return this.rows.calculatedSize;
  }
}

/** Keeps nothing: for stores that are in memory themselves. */
export const noRowCache: RowCache = { get: () => undefined, set: () => {}, delete: () => {}, clear: () => {} };

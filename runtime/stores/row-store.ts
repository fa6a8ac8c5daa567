/** The rows of one partition of a store. Written by the committer, with the outputs and positions they belong to. */
import type { RocksDb } from "../rocksdb/index.js";
import { endOf, textBehind, withText } from "../rocksdb/index.js";
import { rowPrefix } from "./keys.js";
import type { ReadableStore, RowPage, RowPageOptions } from "./store.js";

/** A page of large rows ends earlier. */
const MAX_PAGE_BYTES = 1024 * 1024;

export class RowStore implements ReadableStore {
  private readonly prefix: Buffer;

  constructor(
    private readonly database: RocksDb,
    store: string,
    partition: number,
  ) {
    this.prefix = rowPrefix(store, partition);
  }

  /** @throws StorageError */
  async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.database.getMany(keys.map((key) => withText(this.prefix, key)));
  }

  /** Rows by the bytes of their keys. What is written between two pages may be in the second or not. @throws StorageError */
  async page({ after, maxRows }: RowPageOptions): Promise<RowPage> {
    const from = after === undefined ? this.prefix : Buffer.concat([withText(this.prefix, after), Buffer.of(0)]);
    const entries = await this.database.range({
      from,
      to: endOf(this.prefix),
      maxEntries: maxRows,
      maxBytes: MAX_PAGE_BYTES,
    });
    const rows = entries.map(({ key, value }) => ({ key: textBehind(this.prefix, key), value }));
    const sizeBytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const isLast = rows.length < maxRows && sizeBytes < MAX_PAGE_BYTES / 2;
    return { rows, after: isLast ? null : (rows.at(-1)?.key ?? null) };
  }

  /** What the rows take on the disk, about. */
  async approximateSizeBytes(): Promise<number> {
    return this.database.approximateSize(this.prefix, endOf(this.prefix));
  }
}

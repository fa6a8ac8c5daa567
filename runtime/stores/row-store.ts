/** The rows of one partition of a store. Written by the committer, with the outputs and positions they belong to. */
import type { RocksDb } from "../rocksdb/index.js";
import { endOf, textBehind, withText } from "../rocksdb/index.js";
import { rowPrefix } from "./keys.js";
import type { ReadableStore } from "./store.js";

export interface RowPage {
  readonly rows: readonly { readonly key: string; readonly value: Uint8Array }[];
  /** To go on after this page; null when there is no more. */
  readonly after: string | null;
}

export interface RowPageOptions {
  /** Begin behind this key; absent: with the first. */
  readonly after?: string;
  readonly maxRows: number;
}

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
    const entries = await this.database.range({ from, to: endOf(this.prefix), maxEntries: maxRows });
    const rows = entries.map(({ key, value }) => ({ key: textBehind(this.prefix, key), value }));
    return { rows, after: rows.length < maxRows ? null : (rows.at(-1)?.key ?? null) };
  }

  /** What the rows take on the disk, about. */
  async approximateSizeBytes(): Promise<number> {
    return this.database.approximateSize(this.prefix, endOf(this.prefix));
  }
}

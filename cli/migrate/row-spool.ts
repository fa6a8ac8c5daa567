/**
 * The rows of the application that is left, on disk for as long as they are carried over: by the partitions of the new one, and of
 * each key the last one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LiveRow } from "../../runtime/live/index.js";
import { partitionFor } from "../../runtime/records/index.js";
import { RocksDb, withText } from "../../runtime/rocksdb/index.js";
import { type RowPage, RowStore, rowPrefix } from "../../runtime/stores/index.js";
import { encodeText } from "../../runtime/task/index.js";

const STORE = "rows";
const CACHE_BYTES = 8 * 1024 * 1024;
const WRITE_BUFFER_BYTES = 16 * 1024 * 1024;
const PAGE_ROWS = 2_000;

export class RowSpool {
  private constructor(
    private readonly folder: string,
    private readonly database: RocksDb,
    private readonly partitions: number,
  ) {}

  /** @param partitions of the new application. @throws StorageError */
  static async open(partitions: number): Promise<RowSpool> {
    const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-migrate-"));
    const options = { cacheBytes: CACHE_BYTES, writeBufferBytes: WRITE_BUFFER_BYTES, createIfMissing: true };
    return new RowSpool(folder, await RocksDb.open(join(folder, "db"), options), partitions);
  }

  /** Rows in their order: what comes later counts. @throws StorageError */
  async add(rows: readonly LiveRow[]): Promise<void> {
    await this.database.write((batch) => {
      for (const { key, row } of rows) {
        const place = withText(rowPrefix(STORE, partitionFor(encodeText(key), this.partitions)), key);
        if (row === null) batch.delete(place);
        else batch.put(place, row);
      }
    }, false);
  }

  /** Of a partition of the new application. @throws StorageError */
  async *pages(partition: number): AsyncGenerator<RowPage["rows"]> {
    const store = new RowStore(this.database, STORE, partition);
    for (let after: string | null = ""; after !== null; ) {
      const page: RowPage = await store.page({ after, maxRows: PAGE_ROWS });
      if (page.rows.length > 0) yield page.rows;
      after = page.after;
    }
  }

  async close(): Promise<void> {
    await this.database.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

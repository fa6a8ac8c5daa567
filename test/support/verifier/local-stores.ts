/** What the stopped instances of an application have of its changelogs, read from their folders. */
import { join } from "node:path";
import { z } from "zod";
import { type Entry, endOf, RocksDb, scopedKey, textBehind } from "../../../runtime/rocksdb/index.js";
import { positionsKey, rowPrefix } from "../../../runtime/stores/index.js";
import { STORE } from "./topics.js";

export interface LocalPartition {
  /** Up to this offset of the changelog (exclusive) it is here. */
  readonly to: number;
  /** In base64; null when no checkpoint's end is here. */
  readonly positions: string | null;
  /** By key, in base64. */
  readonly rows: ReadonlyMap<string, string>;
}

export interface LocalStore {
  /** The instance's data folder. */
  readonly folder: string;
  /** Only those that the instance has something of. */
  readonly partitions: ReadonlyMap<number, LocalPartition>;
}

/** Of the Kafka engine, beside the rows and positions: up to where a task's changelog has been copied. */
const MARK = 0x31;
/** Before the mark's JSON. */
const CHECKSUM_BYTES = 4;
const OPEN = { cacheBytes: 1024 * 1024, writeBufferBytes: 4 * 1024 * 1024, createIfMissing: false };
const PAGE_ENTRIES = 10_000;

/** @param folder of an instance that does not run. @throws StorageError when its store is damaged, or not there */
export async function readLocalStore(folder: string, partitions: number): Promise<LocalStore> {
  const database = await RocksDb.open(join(folder, "kafka", "db"), OPEN);
  try {
    const found = new Map<number, LocalPartition>();
    for (let partition = 0; partition < partitions; partition++) {
      const to = await markOf(database, partition);
      if (to === null) continue;
      const positions = await database.get(positionsKey("ratchet", partition));
      found.set(partition, {
        to,
        positions: positions?.toString("base64") ?? null,
        rows: await rowsOf(database, partition),
      });
    }
    return { folder, partitions: found };
  } finally {
    await database.close();
  }
}

async function markOf(database: RocksDb, partition: number): Promise<number | null> {
  const bytes = await database.get(scopedKey(MARK, "ratchet", partition));
  if (bytes === undefined) return null;
  return z.object({ offset: z.number() }).parse(JSON.parse(bytes.toString("utf8", CHECKSUM_BYTES))).offset;
}

async function rowsOf(database: RocksDb, partition: number): Promise<ReadonlyMap<string, string>> {
  const prefix = rowPrefix(STORE, partition);
  const rows = new Map<string, string>();
  let from = prefix;
  for (;;) {
    const page: readonly Entry[] = await database.range({ from, to: endOf(prefix), maxEntries: PAGE_ENTRIES });
    for (const { key, value } of page) rows.set(textBehind(prefix, key), value.toString("base64"));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ENTRIES) return rows;
    from = Buffer.concat([last.key, Buffer.of(0)]);
  }
}

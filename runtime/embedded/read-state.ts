/** A task's rows and positions as of one moment: what one write batch has put there together is seen together. */
import type { StateReading } from "../live/index.js";
import { endOf, type RocksDb, textBehind } from "../rocksdb/index.js";
import { positionsKey, rowPrefix } from "../stores/keys.js";
import { decodePositions } from "./positions.js";

export interface StateOf {
  readonly subTopology: string;
  readonly partition: number;
  readonly store: string;
}

const PAGE_BYTES = 256 * 1024;

/** The moment is when the first page is asked for. @throws StorageError */
export async function* readState(database: RocksDb, { subTopology, partition, store }: StateOf): StateReading {
  const prefix = rowPrefix(store, partition);
  const behind = endOf(prefix);
  const task = positionsKey(subTopology, partition);
  const behindTask = Buffer.concat([task, Buffer.of(0)]);
  // Rows lie before positions.
  const snapshot = database.snapshot(prefix, behindTask);
  try {
    for await (const page of snapshot.entries(prefix, behind, PAGE_BYTES))
      yield page.map(({ key, value }) => ({ key: textBehind(prefix, key), row: value }));
    for await (const [entry] of snapshot.entries(task, behindTask, PAGE_BYTES))
      if (entry !== undefined) return decodePositions(entry.value, database.folder, subTopology, partition);
    return null;
  } finally {
    await snapshot.end();
  }
}

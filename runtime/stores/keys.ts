/** Where rows and positions are in a RocksDB: the first byte says what a key is of. Other first bytes are the engine's. */
import { parseScopedKey, scopedKey } from "../rocksdb/index.js";

const ROW = 0x20;
const POSITIONS = 0x30;

/** The part that the rows of a store's partition share; behind it comes the conversation key. */
export function rowPrefix(store: string, partition: number): Buffer {
  return scopedKey(ROW, store, partition);
}

export function positionsKey(subTopology: string, partition: number): Buffer {
  return scopedKey(POSITIONS, subTopology, partition);
}

/** All rows of all stores: from the first key to the one after the last. */
export const ROWS_RANGE = { from: Buffer.of(ROW), to: Buffer.of(ROW + 1) } as const;

/** All positions: from the first key to the one after the last. */
export const POSITIONS_RANGE = { from: Buffer.of(POSITIONS), to: Buffer.of(POSITIONS + 1) } as const;

/** The sub-topology and the partition of a positions key. */
export function parsePositionsKey(key: Buffer): { readonly subTopology: string; readonly partition: number } {
  const { name, partition } = parseScopedKey(key);
  return { subTopology: name, partition };
}

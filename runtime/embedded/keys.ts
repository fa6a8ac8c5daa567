/** Where things are in the one RocksDB: this binding has no column families, so the first byte says what a key is of. */
import { scopedKey } from "../rocksdb/index.js";

/** Rows (0x20), positions (0x30) and the numbers of writes (0x02, 0x03) have theirs in `stores/`. */
const PREFIX = {
  identity: 0x01,
  reset: 0x04,
  partition: 0x10,
  batch: 0x11,
  time: 0x12,
} as const;

export const IDENTITY_KEY = Buffer.of(PREFIX.identity);
/** There while the folder is being reset. */
export const RESET_KEY = Buffer.of(PREFIX.reset);

export function partitionKey(topic: string, partition: number): Buffer {
  return scopedKey(PREFIX.partition, topic, partition);
}

/** The part that the batches of a partition share; behind it comes the base offset. */
export function batchPrefix(topic: string, partition: number): Buffer {
  return scopedKey(PREFIX.batch, topic, partition);
}

/** The part that the time index entries of a partition share; behind it comes a timestamp. */
export function timePrefix(topic: string, partition: number): Buffer {
  return scopedKey(PREFIX.time, topic, partition);
}

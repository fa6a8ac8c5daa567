/** What is stored beside the batches of a partition, in the same write batches: a start reads this and no batch. */
import { readInt64, writeInt64 } from "../../rocksdb/index.js";

export interface PartitionMeta {
  /** The first offset that can be read. */
  readonly startOffset: number;
  /** The offset of the next record. It never falls, also when everything has been removed. */
  readonly nextOffset: number;
  /** Of the stored batches. */
  readonly sizeBytes: number;
  /** The largest timestamp ever appended; -1 when there was none. */
  readonly maxTimestamp: number;
  /** Compacted topics: below it each key has one record. */
  readonly cleanOffset: number;
  /** Compacted topics: the bytes below `cleanOffset` when the last pass ended. */
  readonly cleanBytes: number;
  /** Compacted topics: tombstones below it have been seen long enough. */
  readonly expiredTombstones: number;
  /** Compacted topics: the offset below which tombstones will have expired next, and since when that runs (epoch ms). */
  readonly agingTombstones: { readonly offset: number; readonly sinceMs: number } | null;
}

export const EMPTY_PARTITION: PartitionMeta = {
  startOffset: 0,
  nextOffset: 0,
  sizeBytes: 0,
  maxTimestamp: -1,
  cleanOffset: 0,
  cleanBytes: 0,
  expiredTombstones: 0,
  agingTombstones: null,
};

const VERSION = 1;
const FIELDS = 9;
const BYTES = 1 + FIELDS * 8;
const NONE = -1;

export function encodeMeta(meta: PartitionMeta): Buffer {
  const bytes = Buffer.allocUnsafe(BYTES);
  bytes[0] = VERSION;
  const { agingTombstones: aging } = meta;
  const fields = [
    meta.startOffset,
    meta.nextOffset,
    meta.sizeBytes,
    meta.maxTimestamp,
    meta.cleanOffset,
    meta.cleanBytes,
    meta.expiredTombstones,
    aging?.offset ?? NONE,
    aging?.sinceMs ?? NONE,
  ];
  for (const [index, value] of fields.entries()) writeInt64(bytes, 1 + index * 8, value);
  return bytes;
}

/** @returns null when the bytes are not what {@link encodeMeta} gives. */
export function decodeMeta(bytes: Buffer): PartitionMeta | null {
  if (bytes.length !== BYTES || bytes[0] !== VERSION) return null;
  const field = (index: number) => readInt64(bytes, 1 + index * 8);
  const agingOffset = field(7);
  return {
    startOffset: field(0),
    nextOffset: field(1),
    sizeBytes: field(2),
    maxTimestamp: field(3),
    cleanOffset: field(4),
    cleanBytes: field(5),
    expiredTombstones: field(6),
    agingTombstones: agingOffset === NONE ? null : { offset: agingOffset, sinceMs: field(8) },
  };
}

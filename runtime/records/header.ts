/** Batch headers: reading one, walking over a run of batches without decoding them, assigning offsets in place. */
import { CorruptBatchError, InvalidBatchError } from "./errors.js";
import { readInt64, writeInt64 } from "./int64.js";
import * as layout from "./layout.js";

/** What the first 61 bytes of a batch say. */
export interface BatchHeader {
  /** Where the batch begins in the buffer it was read from, and the position after it. */
  readonly position: number;
  readonly end: number;
  readonly sizeBytes: number;
  readonly baseOffset: number;
  /** Compaction keeps it: it may lie beyond the last record, and a batch with no records still covers its offsets. */
  readonly lastOffset: number;
  /** How many records there are; after compaction fewer than offsets. */
  readonly count: number;
  /** -1 from a producer. */
  readonly partitionLeaderEpoch: number;
  /** 0 to 7; above 4 is unknown. */
  readonly compression: number;
  readonly timestampType: "create" | "log-append";
  readonly transactional: boolean;
  /** The batch holds a transaction marker (or a broker's own record), no records for anybody. */
  readonly control: boolean;
  /** `baseTimestamp` is when tombstones and markers may go (KIP-534) rather than the first record's time. */
  readonly hasDeleteHorizon: boolean;
  /** Epoch milliseconds: what the records' timestamps count from. */
  readonly baseTimestamp: number;
  /** Epoch milliseconds; with log-append time the timestamp of every record. */
  readonly maxTimestamp: number;
  /** -1 when neither idempotent nor transactional; so are epoch and sequence then. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** CRC-32C of everything from the attributes on; not checked here. */
  readonly crc: number;
}

/**
 * Reads the header of the batch at `position`, which must be there whole. The checksum is not verified: `decodeBatch` does that.
 * @throws CorruptBatchError when cut off, of another format version, or contradicting itself
 * @throws UnsafeLongError for an offset, timestamp or producer id beyond 2^53
 */
export function readBatchHeader(buffer: Buffer, position = 0): BatchHeader {
  const end = batchEnd(buffer, position);
  if (end === null) {
    const left = Math.max(0, buffer.length - position);
    throw new CorruptBatchError("truncated", `cut off: only ${left} bytes of it are there`, { position });
  }
  const baseOffset = readInt64(buffer, position + layout.BASE_OFFSET_AT, "baseOffset", { position });
  const place = { position, baseOffset };
  const attributes = buffer.readInt16BE(position + layout.ATTRIBUTES_AT);
  const lastOffsetDelta = buffer.readInt32BE(position + layout.LAST_OFFSET_DELTA_AT);
  const count = buffer.readInt32BE(position + layout.RECORDS_COUNT_AT);
  const lastOffset = baseOffset + lastOffsetDelta;
  if (baseOffset < 0 || lastOffsetDelta < 0 || !Number.isSafeInteger(lastOffset)) {
    throw new CorruptBatchError("header", `it cannot cover the offsets ${baseOffset} to ${lastOffset}`, place);
  }
  if (count < 0 || count > lastOffsetDelta + 1) {
    throw new CorruptBatchError("header", `it cannot hold ${count} records in ${lastOffsetDelta + 1} offsets`, place);
  }
  return {
    position,
    end,
    sizeBytes: end - position,
    baseOffset,
    lastOffset,
    count,
    partitionLeaderEpoch: buffer.readInt32BE(position + layout.PARTITION_LEADER_EPOCH_AT),
    compression: attributes & layout.COMPRESSION_MASK,
    timestampType: (attributes & layout.LOG_APPEND_TIME_BIT) === 0 ? "create" : "log-append",
    transactional: (attributes & layout.TRANSACTIONAL_BIT) !== 0,
    control: (attributes & layout.CONTROL_BIT) !== 0,
    hasDeleteHorizon: (attributes & layout.DELETE_HORIZON_BIT) !== 0,
    baseTimestamp: readInt64(buffer, position + layout.BASE_TIMESTAMP_AT, "baseTimestamp", place),
    maxTimestamp: readInt64(buffer, position + layout.MAX_TIMESTAMP_AT, "maxTimestamp", place),
    producerId: readInt64(buffer, position + layout.PRODUCER_ID_AT, "producerId", place),
    producerEpoch: buffer.readInt16BE(position + layout.PRODUCER_EPOCH_AT),
    baseSequence: buffer.readInt32BE(position + layout.BASE_SEQUENCE_AT),
    crc: buffer.readUInt32BE(position + layout.CRC_AT),
  };
}

/**
 * The headers of the batches that follow each other from `position`, as in a fetch response or a log segment. A last one that
 * is cut off (a broker cuts at the byte limit) ends the walk quietly: compare the last `end` with the buffer's length.
 * @throws what readBatchHeader throws, except for the cut
 */
export function* batchesIn(buffer: Buffer, position = 0): Generator<BatchHeader, void, undefined> {
  let at = position;
  while (batchEnd(buffer, at) !== null) {
    const header = readBatchHeader(buffer, at);
    yield header;
    at = header.end;
  }
}

/** Where, and what else than the base offset, `assignBaseOffset` writes. */
export interface AssignOptions {
  /** Where the batch begins. Default: 0. */
  readonly position?: number;
  /** Default: as it is. */
  readonly partitionLeaderEpoch?: number;
}

/**
 * Numbers a batch's records from `baseOffset` on, in place and in constant time: offsets lie outside of the checksum.
 * @throws InvalidBatchError for a number out of range, before anything is written; and what readBatchHeader throws
 */
export function assignBaseOffset(batch: Buffer, baseOffset: number, options: AssignOptions = {}): void {
  const { position = 0, partitionLeaderEpoch } = options;
  const header = readBatchHeader(batch, position);
  const epoch = partitionLeaderEpoch ?? header.partitionLeaderEpoch;
  if (!isOffset(baseOffset) || !isOffset(baseOffset + (header.lastOffset - header.baseOffset))) {
    throw new InvalidBatchError(`a batch cannot begin at offset ${baseOffset}`);
  }
  if (!isLeaderEpoch(epoch)) throw new InvalidBatchError(`a leader epoch cannot be ${epoch}`);
  writeInt64(batch, position + layout.BASE_OFFSET_AT, baseOffset);
  batch.writeInt32BE(epoch, position + layout.PARTITION_LEADER_EPOCH_AT);
}

/** Whether `value` can be a leader epoch: -1, for none, to 2^31 - 1. */
export function isLeaderEpoch(value: number): boolean {
  return Number.isInteger(value) && value >= -1 && value <= layout.MAX_INT32;
}

/** Whether `value` can be an offset here. */
export function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The position after the batch at `position`, or null when the buffer ends before. */
function batchEnd(buffer: Buffer, position: number): number | null {
  const left = buffer.length - position;
  // The older formats have their version at the same place, so it is looked at before anything that only v2 has.
  if (left <= layout.MAGIC_AT) return null;
  const magic = buffer[position + layout.MAGIC_AT] as number;
  if (magic !== layout.MAGIC) {
    throw new CorruptBatchError("magic", `record format ${magic} (magic byte) is not supported, only 2`, { position });
  }
  const length = buffer.readInt32BE(position + layout.BATCH_LENGTH_AT);
  if (length < layout.RECORDS_AT - layout.LENGTH_STARTS_AT) {
    throw new CorruptBatchError("header", `a batch length of ${length} bytes is less than its header`, { position });
  }
  return length > left - layout.LENGTH_STARTS_AT ? null : position + layout.LENGTH_STARTS_AT + length;
}

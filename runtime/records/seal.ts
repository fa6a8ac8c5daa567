/** Turns encoded records into a batch: compresses them if asked to, then writes the header and its checksum. */
import { Buffer } from "node:buffer";
import { crc32c } from "@node-rs/crc32";
import type { CompressionCodec } from "./compression.js";
import { InvalidBatchError } from "./errors.js";
import { isLeaderEpoch, isOffset } from "./header.js";
import { writeInt64 } from "./int64.js";
import * as layout from "./layout.js";

/** Who writes, for an idempotent or transactional batch: the numbers from InitProducerId, and the batch's own sequence. */
export interface BatchProducer {
  readonly id: number;
  /** 0 to 32767. */
  readonly epoch: number;
  /** The sequence number of the first record; the others follow, one each. */
  readonly baseSequence: number;
  readonly transactional: boolean;
}

export interface BatchOptions {
  /** The offset of the first record; the others follow. 0 (the default) is what producers send; the broker assigns it. */
  readonly baseOffset?: number;
  /** -1 (the default) is what producers send. */
  readonly partitionLeaderEpoch?: number;
  readonly producer?: BatchProducer;
  readonly compression?: CompressionCodec;
}

/** What has been encoded. */
export interface EncodedRecords {
  readonly count: number;
  /** Epoch milliseconds. */
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
}

const NO_PRODUCER: BatchProducer = {
  id: -1,
  epoch: -1,
  baseSequence: -1,
  transactional: false,
};

/**
 * The batch of the records in `buffer` from byte 61 up to `end`. Uncompressed, its header is written before them and the result
 * is a view on `buffer`; compressed, it is a new buffer.
 * @throws InvalidBatchError
 */
export function sealBatch(buffer: Buffer, end: number, records: EncodedRecords, options: BatchOptions): Buffer {
  if (records.count === 0) throw new InvalidBatchError("a batch holds at least one record");
  const { compression, baseOffset = 0, partitionLeaderEpoch = -1, producer } = options;
  if (!isOffset(baseOffset) || !isOffset(baseOffset + (records.count - 1))) {
    throw new InvalidBatchError(`a batch of ${records.count} records cannot begin at offset ${baseOffset}`);
  }
  if (!isLeaderEpoch(partitionLeaderEpoch))
    throw new InvalidBatchError(`a leader epoch cannot be ${partitionLeaderEpoch}`);
  if (producer !== undefined) checkProducer(producer);
  const batch =
    compression === undefined || compression.id === 0 ? buffer.subarray(0, end) : compressed(buffer, end, compression);
  const { id, epoch, baseSequence, transactional } = producer ?? NO_PRODUCER;
  writeInt64(batch, layout.BASE_OFFSET_AT, baseOffset);
  batch.writeInt32BE(batch.length - layout.LENGTH_STARTS_AT, layout.BATCH_LENGTH_AT);
  batch.writeInt32BE(partitionLeaderEpoch, layout.PARTITION_LEADER_EPOCH_AT);
  batch[layout.MAGIC_AT] = layout.MAGIC;
  batch.writeInt16BE((compression?.id ?? 0) | (transactional ? layout.TRANSACTIONAL_BIT : 0), layout.ATTRIBUTES_AT);
  batch.writeInt32BE(records.count - 1, layout.LAST_OFFSET_DELTA_AT);
  writeInt64(batch, layout.BASE_TIMESTAMP_AT, records.baseTimestamp);
  writeInt64(batch, layout.MAX_TIMESTAMP_AT, records.maxTimestamp);
  writeInt64(batch, layout.PRODUCER_ID_AT, id);
  batch.writeInt16BE(epoch, layout.PRODUCER_EPOCH_AT);
  batch.writeInt32BE(baseSequence, layout.BASE_SEQUENCE_AT);
  batch.writeInt32BE(records.count, layout.RECORDS_COUNT_AT);
  writeChecksum(batch);
  return batch;
}

/** Puts the checksum of a whole batch into its header, after whatever it covers has been written. */
export function writeChecksum(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch.subarray(layout.ATTRIBUTES_AT)), layout.CRC_AT);
}

function compressed(buffer: Buffer, end: number, codec: CompressionCodec): Buffer {
  const records = codec.compress(buffer.subarray(layout.RECORDS_AT, end));
  return Buffer.concat([buffer.subarray(0, layout.RECORDS_AT), records]);
}

function checkProducer({ id, epoch, baseSequence }: BatchProducer): void {
  const inRange = (value: number, max: number) => Number.isSafeInteger(value) && value >= 0 && value <= max;
  if (inRange(id, Number.MAX_SAFE_INTEGER) && inRange(epoch, 0x7fff) && inRange(baseSequence, layout.MAX_INT32)) return;
  throw new InvalidBatchError(
    `producer id ${id}, epoch ${epoch} and base sequence ${baseSequence} are not a producer's`,
  );
}

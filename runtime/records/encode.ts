/** Records to a batch: one pass for the size, one buffer, one pass to fill it. */
import { Buffer } from "node:buffer";
import { InvalidBatchError, UnsafeLongError } from "./errors.js";
import * as layout from "./layout.js";
import type { BatchRecord } from "./record.js";
import { recordBodySize, writeRecord } from "./record-writer.js";
import { type BatchOptions, sealBatch } from "./seal.js";
import { varintSize } from "./varint.js";

const NO_TIMESTAMP = -1;

/**
 * A batch of format v2 with `records` in their order, its checksum written; nothing of the records is kept.
 * @throws InvalidBatchError without records, beyond 2 GiB, for a negative timestamp, or with options out of range
 * @throws UnsafeLongError for a timestamp that is not a safe integer
 */
export function encodeBatch(records: readonly BatchRecord[], options: BatchOptions = {}): Buffer {
  const baseTimestamp = records[0]?.timestamp ?? 0;
  let maxTimestamp = baseTimestamp;
  let end = layout.RECORDS_AT;
  // The sizes of the first pass are kept for the second, where each is written before its record.
  const bodySizes = new Int32Array(records.length);
  let index = 0;
  for (const record of records) {
    const size = recordBodySize(record, timestampDelta(record.timestamp, baseTimestamp), index);
    bodySizes[index++] = size;
    end += varintSize(size) + size;
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
    checkBatchSize(end);
  }
  const buffer = Buffer.allocUnsafe(end);
  let at = layout.RECORDS_AT;
  index = 0;
  for (const record of records) {
    const size = bodySizes[index] as number;
    at = writeRecord(buffer, at, record, size, record.timestamp - baseTimestamp, index++);
  }
  return sealBatch(buffer, end, { count: records.length, baseTimestamp, maxTimestamp }, options);
}

/**
 * What is written for a timestamp.
 * @throws InvalidBatchError when it is negative, but for -1 (Kafka's client refuses that too)
 * @throws UnsafeLongError when it or the result is not a safe integer
 */
export function timestampDelta(timestamp: number, baseTimestamp: number): number {
  if (!Number.isSafeInteger(timestamp)) throw new UnsafeLongError("timestamp", timestamp, null);
  if (timestamp < NO_TIMESTAMP)
    throw new InvalidBatchError(`a timestamp is epoch milliseconds or -1 for none, not ${timestamp}`);
  const delta = timestamp - baseTimestamp;
  if (!Number.isSafeInteger(delta)) throw new UnsafeLongError("timestampDelta", delta, null);
  return delta;
}

/** @throws InvalidBatchError when a batch of `sizeBytes` has no room in Kafka's 32-bit length */
export function checkBatchSize(sizeBytes: number): void {
  if (sizeBytes > layout.MAX_BATCH_BYTES)
    throw new InvalidBatchError(`a batch cannot have ${sizeBytes} bytes (2 GiB at most)`);
}

/** Compaction of one batch: the records to keep stay with their offsets, timestamps and bytes. */
import { Buffer } from "node:buffer";
import { codecOf, type DecodeOptions, readRecords, recordBytes, verifyChecksum } from "./decode.js";
import { type BatchHeader, readBatchHeader } from "./header.js";
import { writeInt64 } from "./int64.js";
import * as layout from "./layout.js";
import type { DecodedRecord } from "./record.js";
import type { RecordView } from "./record-view.js";
import { writeChecksum } from "./seal.js";

/**
 * The batch at `position` with only those records that `keep` is true for, which is asked once for each in order. The offsets
 * it covers, its producer and its compression stay. Null when nothing is kept; the batch itself (a view on `buffer`) when all
 * is, or when it is a control batch: its marker still says how a transaction ended, and `keep` is not asked.
 * Source of the form: Kafka's log cleaner (`MemoryRecords.filterTo`).
 * @throws CorruptBatchError, UnsafeLongError, UnsupportedCompressionError, DecompressedSizeError
 */
export function retainRecords(
  buffer: Buffer,
  position: number,
  keep: (record: DecodedRecord) => boolean,
  options: DecodeOptions = {},
): Buffer | null {
  const header = readBatchHeader(buffer, position);
  if (options.checkCrc ?? true) verifyChecksum(buffer, header);
  const original = buffer.subarray(header.position, header.end);
  if (header.control) return original;
  const region = recordBytes(buffer, header, options);
  const kept = readRecords(region, header).filter(keep);
  if (kept.length === 0) return null;
  if (kept.length === header.count) return original;
  const records = Buffer.concat(kept.map((record) => region.bytes.subarray(record.start, record.end)));
  const codec = codecOf(header, options);
  return rewritten(original, header, kept, codec === null ? records : codec.compress(records));
}

/** A batch with the header of `original` and other records. */
function rewritten(original: Buffer, header: BatchHeader, kept: readonly RecordView[], records: Buffer): Buffer {
  const batch = Buffer.concat([original.subarray(0, layout.RECORDS_AT), records]);
  batch.writeInt32BE(batch.length - layout.LENGTH_STARTS_AT, layout.BATCH_LENGTH_AT);
  batch.writeInt32BE(kept.length, layout.RECORDS_COUNT_AT);
  // With log-append time this is every record's timestamp: it does not depend on which are left.
  if (header.timestampType === "create") {
    const latest = kept.reduce((max, record) => Math.max(max, record.timestamp), Number.NEGATIVE_INFINITY);
    writeInt64(batch, layout.MAX_TIMESTAMP_AT, latest);
  }
  writeChecksum(batch);
  return batch;
}

/** A batch to records: checksum, decompression, then light records over the bytes. */
import { crc32c } from "@node-rs/crc32";
import { type CompressionCodec, compressionName, gzip } from "./compression.js";
import { lz4 } from "./compression-lz4.js";
import { snappy } from "./compression-snappy.js";
import { zstd } from "./compression-zstd.js";
import { type ControlMarker, readControlMarker } from "./control.js";
import { RecordCursor } from "./cursor.js";
import { CorruptBatchError, RecordBatchError, UnsupportedCompressionError } from "./errors.js";
import { type BatchHeader, readBatchHeader } from "./header.js";
import { ATTRIBUTES_AT, RECORDS_AT, SMALLEST_RECORD_BYTES } from "./layout.js";
import type { DecodedRecord } from "./record.js";
import { type RecordSource, RecordView } from "./record-view.js";

export interface DecodeOptions {
  /** Default true. False only for bytes whose checksum has been verified since they were read. */
  readonly checkCrc?: boolean;
  /** For compressed batches. Default: gzip, snappy, lz4 and zstd. */
  readonly codecs?: readonly CompressionCodec[];
  /** What a compressed batch may decompress to. Default: 64 MiB. */
  readonly maxDecompressedBytes?: number;
}

/** A control batch is a case of its own, so that no reader takes a marker for a record. */
export type DecodedBatch =
  | {
      readonly kind: "records";
      readonly header: BatchHeader;
      readonly records: readonly DecodedRecord[];
    }
  /** No marker: compaction has removed it. */
  | {
      readonly kind: "control";
      readonly header: BatchHeader;
      readonly marker: ControlMarker | null;
    };

const DEFAULT_CODECS: readonly CompressionCodec[] = [gzip, snappy, lz4, zstd];
const DEFAULT_MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/**
 * Decodes the batch at `position`. All lengths are checked here; keys, values and headers are views on `buffer` (or on what was
 * decompressed), made when they are asked for. Offsets rise strictly but may have gaps: compaction leaves them.
 * @throws CorruptBatchError, UnsafeLongError, UnsupportedCompressionError, DecompressedSizeError
 */
export function decodeBatch(buffer: Buffer, position = 0, options: DecodeOptions = {}): DecodedBatch {
  const header = readBatchHeader(buffer, position);
  if (options.checkCrc ?? true) verifyChecksum(buffer, header);
  const records = readRecords(recordBytes(buffer, header, options), header);
  if (!header.control) return { kind: "records", header, records };
  const marker = records[0];
  return {
    kind: "control",
    header,
    marker: marker === undefined ? null : readControlMarker(header, marker),
  };
}

/** Where the records of a batch are. */
export interface RecordBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly within: "buffer" | "decompressed records";
}

/** What the batch is compressed with; null when it is not. @throws UnsupportedCompressionError */
export function codecOf(
  { compression, position, baseOffset }: BatchHeader,
  options: DecodeOptions,
): CompressionCodec | null {
  if (compression === 0) return null;
  const codecs = options.codecs ?? DEFAULT_CODECS;
  const codec = codecs.find((one) => one.id === compression);
  if (codec !== undefined) return codec;
  const what = `write the topic with compression.type ${["none", ...codecs.map(({ name }) => name)].join(", ")}`;
  throw new UnsupportedCompressionError(compression, compressionName(compression), what, { position, baseOffset });
}

/** The records of a batch as one stream, decompressed if need be. */
export function recordBytes(buffer: Buffer, header: BatchHeader, options: DecodeOptions): RecordBytes {
  const { position, end, baseOffset } = header;
  const start = position + RECORDS_AT;
  const codec = codecOf(header, options);
  if (codec === null) return { bytes: buffer, start, end, within: "buffer" };
  try {
    const maxBytes = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES;
    const bytes = codec.decompress(buffer.subarray(start, end), maxBytes);
    return {
      bytes,
      start: 0,
      end: bytes.length,
      within: "decompressed records",
    };
  } catch (cause) {
    if (cause instanceof RecordBatchError) throw cause;
    const what = `its ${codec.name} stream cannot be read`;
    throw new CorruptBatchError("compression", what, { position, baseOffset }, { cause });
  }
}

/** The records of a batch, all of them checked. */
export function readRecords({ bytes, start, end, within }: RecordBytes, header: BatchHeader): RecordView[] {
  const { baseOffset, lastOffset, count } = header;
  const place = { baseOffset, within };
  const source: RecordSource = {
    bytes,
    baseOffset,
    baseTimestamp: header.baseTimestamp,
    logAppendTime: header.timestampType === "log-append" ? header.maxTimestamp : null,
    place,
  };
  const cursor = new RecordCursor(bytes, start, end, place);
  if (count * SMALLEST_RECORD_BYTES > end - start)
    throw cursor.corrupt(`${count} records do not fit ${end - start} bytes`);
  const records: RecordView[] = [];
  let previous = -1;
  for (let index = 0; index < count; index++) {
    const record = new RecordView(cursor, source);
    if (record.offsetDelta <= previous || record.offsetDelta > lastOffset - baseOffset) {
      const offsets = `${baseOffset + previous + 1} to ${lastOffset}`;
      throw cursor.corrupt(`a record has the offset ${record.offset} where ${offsets} are left`, record.start);
    }
    previous = record.offsetDelta;
    records.push(record);
  }
  if (cursor.position !== end)
    throw cursor.corrupt(`${end - cursor.position} bytes are left after its ${count} records`);
  return records;
}

/** @throws CorruptBatchError */
export function verifyChecksum(buffer: Buffer, { position, end, crc, baseOffset }: BatchHeader): void {
  const actual = crc32c(buffer.subarray(position + ATTRIBUTES_AT, end));
  if (actual === crc) return;
  const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
  const what = `its checksum (CRC-32C) is ${hex(crc)}, its bytes give ${hex(actual)}`;
  throw new CorruptBatchError("checksum", what, { position, baseOffset });
}

/** One record in the layout of format v2: how large it will be, and its bytes. Both passes read the record, neither allocates. */
import { headerNameBytes } from "./header-names.js";
import type { BatchRecord, RecordHeader } from "./record.js";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "./varint.js";

const NULL_LENGTH = -1;
const NULL_LENGTH_BYTES = 1;

/** Bytes of the record without its length prefix. Deltas count from the batch's base timestamp and base offset. */
export function recordBodySize(record: BatchRecord, timestampDelta: number, offsetDelta: number): number {
  let size = 1 + varlongSize(timestampDelta) + varintSize(offsetDelta);
  size += bytesSize(record.key) + bytesSize(record.value) + varintSize(record.headers.length);
  for (const header of record.headers) size += bytesSize(headerNameBytes(header.key)) + bytesSize(header.value);
  return size;
}

/** Writes a record whose `recordBodySize` is `bodySize` into space that the caller has made; gives the position after it. */
export function writeRecord(
  buffer: Buffer,
  position: number,
  record: BatchRecord,
  bodySize: number,
  timestampDelta: number,
  offsetDelta: number,
): number {
  let at = writeVarint(buffer, position, bodySize);
  buffer[at++] = 0; // attributes: none are defined for a record
  at = writeVarlong(buffer, at, timestampDelta);
  at = writeVarint(buffer, at, offsetDelta);
  at = writeBytes(buffer, at, record.key);
  at = writeBytes(buffer, at, record.value);
  return writeHeaders(buffer, at, record.headers);
}

function writeHeaders(buffer: Buffer, position: number, headers: readonly RecordHeader[]): number {
  let at = writeVarint(buffer, position, headers.length);
  for (const header of headers) {
    at = writeBytes(buffer, at, headerNameBytes(header.key));
    at = writeBytes(buffer, at, header.value);
  }
  return at;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? NULL_LENGTH_BYTES : varintSize(bytes.length) + bytes.length;
}

function writeBytes(buffer: Buffer, position: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(buffer, position, NULL_LENGTH);
  const at = writeVarint(buffer, position, bytes.length);
  buffer.set(bytes, at);
  return at + bytes.length;
}

/**
 * What stands in the place of batches that compaction has emptied: the offset after them. So the batches and gaps of a partition
 * follow each other without a hole, and a reader that finds one knows that data is missing.
 */
import { crc32c } from "@node-rs/crc32";
import { int64, readInt64 } from "../../rocksdb/index.js";

/** A batch has 61 bytes at least: the lengths tell the two apart. */
const GAP_BYTES = 12;
const CRC_AT = 8;

export function isGap(value: Buffer): boolean {
  return value.length === GAP_BYTES;
}

export function encodeGap(baseOffset: number, nextOffset: number): Buffer {
  const bytes = Buffer.alloc(GAP_BYTES);
  int64(nextOffset).copy(bytes);
  bytes.writeUInt32BE(gapChecksum(baseOffset, bytes), CRC_AT);
  return bytes;
}

/** The offset after the gap; null when the bytes do not fit their checksum. */
export function decodeGap(baseOffset: number, value: Buffer): number | null {
  if (value.readUInt32BE(CRC_AT) !== gapChecksum(baseOffset, value)) return null;
  return readInt64(value, 0);
}

function gapChecksum(baseOffset: number, value: Buffer): number {
  return crc32c(Buffer.concat([int64(baseOffset), value.subarray(0, CRC_AT)]));
}

/**
 * The record format that RocksDB's write-ahead logs and manifests share: blocks of 32 KiB, records cut into fragments, each with a
 * checksum. See https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
 */
import { maskedCrc } from "./masked-crc.js";

export const LOG_BLOCK_BYTES = 32 * 1024;
export const FRAGMENT_HEADER_BYTES = 7;
export const FULL = 1;
export const FIRST = 2;
export const LAST = 4;

export interface Fragment {
  readonly type: number;
  readonly data: Buffer;
  readonly end: number;
}

/** A fragment of a record; or what is wrong with it; or "unwritten": space that was reserved. */
export function readFragment(block: Buffer, at: number): Fragment | string {
  const length = block.readUInt16LE(at + 4);
  const type = block.readUInt8(at + 6);
  const end = at + FRAGMENT_HEADER_BYTES + length;
  if (type === 0) {
    const isUnwritten = block.subarray(at).every((byte) => byte === 0);
    return isUnwritten ? "unwritten" : "record type 0 is unknown";
  }
  if (type > LAST) return `record type ${type} is unknown`;
  if (end > block.length) return "a record ends too early";
  const checked = block.subarray(at + FRAGMENT_HEADER_BYTES - 1, end);
  if (maskedCrc(checked) !== block.readUInt32LE(at)) return "a record does not fit its checksum";
  return { type, data: checked.subarray(1), end };
}

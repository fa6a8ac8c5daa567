/**
 * The parts of RocksDB's table files that tell where the blocks are. Format: `BlockBasedTableBuilder` in RocksDB 6.17, and
 * https://github.com/facebook/rocksdb/wiki/Rocksdb-BlockBasedTable-Format
 */
import { ByteReader, MalformedBytesError } from "./byte-reader.js";
import { maskedCrc } from "./masked-crc.js";
import { unpackSnappy } from "./snappy.js";

/** Where a block is; behind it come its trailer's bytes, which are not counted in `size`. */
export interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

export interface Footer {
  readonly metaIndex: BlockHandle;
  readonly index: BlockHandle;
}

export const FOOTER_BYTES = 53;
/** The kind of compression, and a checksum of block and kind. */
export const TRAILER_BYTES = 5;
const MAGIC = 0x88e241b785f4cff7n;
const VERSION_AT = FOOTER_BYTES - 12;
const CRC32C = 1;
/** From this on an index entry's value has no length, and its handle no offset where the previous entry tells it. */
const DELTA_ENCODED_VERSION = 4;
const UNCOMPRESSED = 0;
const SNAPPY = 1;

/**
 * The footer has no checksum, so nothing in it may be other than what is written by the one version of RocksDB that we use. In
 * particular the kind of checksum: RocksDB would believe the footer that there are none.
 */
export function readFooter(bytes: Buffer): Footer {
  if (bytes.length < FOOTER_BYTES) throw new MalformedBytesError("it is too short");
  if (bytes.readBigUInt64LE(VERSION_AT + 4) !== MAGIC) throw new MalformedBytesError("it does not end as a table does");
  const version = bytes.readUInt32LE(VERSION_AT);
  if (version !== DELTA_ENCODED_VERSION) throw new MalformedBytesError(`version ${version} of its format is unknown`);
  const reader = new ByteReader(bytes, 0, VERSION_AT);
  const checksum = reader.byte();
  if (checksum !== CRC32C) throw new MalformedBytesError(`checksums of kind ${checksum} are unknown`);
  const footer = { metaIndex: readHandle(reader), index: readHandle(reader) };
  while (!reader.isAtEnd) if (reader.byte() !== 0) throw new MalformedBytesError("its footer is not padded with zeros");
  return footer;
}

/** @param bytes with the trailer. @throws MalformedBytesError when it does not fit its checksum */
export function checkBlock(bytes: Buffer, offset: number): void {
  const checksumAt = bytes.length - 4;
  if (maskedCrc(bytes.subarray(0, checksumAt)) === bytes.readUInt32LE(checksumAt)) return;
  throw new MalformedBytesError(`the block at byte ${offset} does not fit its checksum`);
}

/** @param bytes with the trailer, checked. */
export function unpackBlock(bytes: Buffer): Buffer {
  const data = bytes.subarray(0, bytes.length - TRAILER_BYTES);
  const kind = bytes[data.length];
  if (kind === UNCOMPRESSED) return data;
  if (kind === SNAPPY) return unpackSnappy(data);
  throw new MalformedBytesError(`compression of kind ${kind} is unknown`);
}

/** The filter, the properties and so on. */
export function handlesOfMetaIndex(block: Buffer): BlockHandle[] {
  const reader = new ByteReader(block, 0, restartsOf(block).at);
  const handles: BlockHandle[] = [];
  while (!reader.isAtEnd) {
    reader.varint();
    const keyBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.slice(keyBytes);
    const value = reader.slice(valueBytes);
    handles.push(readHandle(new ByteReader(value)));
  }
  return handles;
}

/**
 * The data blocks. Each entry of an index begins anew (`index_block_restart_interval` = 1), so each has its whole handle.
 * @throws MalformedBytesError
 */
export function handlesOfIndex(block: Buffer): BlockHandle[] {
  const { at, count } = restartsOf(block);
  const reader = new ByteReader(block, 0, at);
  const handles: BlockHandle[] = [];
  while (!reader.isAtEnd) {
    if (reader.varint() !== 0) throw new MalformedBytesError("its index has entries of an unknown form");
    reader.slice(reader.varint());
    handles.push(readHandle(reader));
  }
  // A table without entries has one restart all the same.
  if (handles.length !== count && handles.length > 0) throw new MalformedBytesError("its index is not whole");
  return handles;
}

function readHandle(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}

function restartsOf(block: Buffer): { readonly at: number; readonly count: number } {
  const count = block.length < 4 ? 0 : block.readUInt32LE(block.length - 4);
  const at = block.length - 4 - count * 4;
  if (at < 0) throw new MalformedBytesError("a block is too short");
  return { at, count };
}

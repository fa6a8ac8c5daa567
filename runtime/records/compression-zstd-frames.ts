/** Takes a zstd stream apart into its frames without decompressing, to know what each may become. Source: RFC 8878, section 3.1. */
import type { Buffer } from "node:buffer";

export interface ZstdFrame {
  readonly bytes: Buffer;
  /** What it says that it becomes; null when it does not say. */
  readonly contentSize: number | null;
  /** What it becomes at most, counted by its blocks. */
  readonly maxSize: number;
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_SIZE = 128 * 1024;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** The frames that have content. Whatever does not fit, a missing end too, throws; reading outside of the bytes a RangeError. */
export function* zstdFrames(compressed: Buffer): Generator<ZstdFrame> {
  for (let at = 0; at < compressed.length; ) {
    const magic = compressed.readUInt32LE(at);
    if (magic - (magic % 16) === SKIPPABLE_MAGIC) {
      at += 8 + compressed.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== MAGIC) throw new Error(`a zstd frame cannot begin with 0x${magic.toString(16).padStart(8, "0")}`);
    const header = readHeader(compressed, at);
    const { end, maxSize } = walkBlocks(compressed, header.blocksAt);
    const frameEnd = end + header.checksumBytes;
    if (frameEnd > compressed.length) throw new Error("a zstd frame without its end");
    const { contentSize } = header;
    if (contentSize !== null && contentSize > maxSize)
      throw new Error(`a zstd frame says ${contentSize} bytes, its blocks have ${maxSize} at most`);
    yield { bytes: compressed.subarray(at, frameEnd), contentSize, maxSize };
    at = frameEnd;
  }
}

function readHeader(compressed: Buffer, at: number) {
  const descriptor = compressed.readUInt8(at + 4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeCode] ?? 0);
  const sizeAt = at + 5 + (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0);
  return {
    blocksAt: sizeAt + sizeBytes,
    checksumBytes: (descriptor & 4) === 0 ? 0 : 4,
    contentSize: readContentSize(compressed, sizeAt, sizeBytes),
  };
}

function readContentSize(compressed: Buffer, at: number, sizeBytes: number): number | null {
  if (sizeBytes === 0) return null;
  if (sizeBytes === 8) return Number(compressed.readBigUInt64LE(at));
  const size = compressed.readUIntLE(at, sizeBytes);
  return sizeBytes === 2 ? size + 256 : size;
}

function walkBlocks(compressed: Buffer, start: number): { readonly end: number; readonly maxSize: number } {
  let maxSize = 0;
  for (let at = start; ; ) {
    const head = compressed.readUIntLE(at, 3);
    const type = (head >> 1) & 3;
    const size = head >> 3;
    if (type > COMPRESSED || size > MAX_BLOCK_SIZE) throw new Error(`a zstd block of type ${type} and ${size} bytes`);
    maxSize += type === RAW || type === RLE ? size : MAX_BLOCK_SIZE;
    at += 3 + (type === RLE ? 1 : size);
    if ((head & 1) === 1) return { end: at, maxSize };
  }
}

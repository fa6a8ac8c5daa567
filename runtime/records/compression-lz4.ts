/** LZ4 frames as Kafka has them: blocks that do not refer to each other. */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import type { CompressionCodec } from "./compression.js";
import { lazily } from "./compression-library.js";
import { DecompressedSizeError } from "./errors.js";

const MAGIC = 0x184d2204;
/** Bits of a frame's first descriptor byte, above which its version (01) is. */
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY_ID = 0x01;
const STORED = 0x80000000;
/** No block becomes longer than this: one byte says at most 255 more. */
const MAX_RATIO = 255;

const require = createRequire(import.meta.url);
const lz4Library = lazily({ id: 3, name: "lz4" }, "lz4-napi", (): typeof import("lz4-napi") => require("lz4-napi"));

/**
 * The library has a function for frames, which has no bound; so the frame is taken apart here, and each block is decompressed
 * with one. Like Kafka's `Lz4BlockInputStream`, it refuses blocks that refer to each other. Checksums within a frame are not
 * verified: the batch has one over all of it. Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export const lz4: CompressionCodec = {
  id: 3,
  name: "lz4",
  compress: (records) => lz4Library().compressFrameSync(records),

  decompress(compressed, maxBytes) {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    for (const { bytes, maxSize } of blocksOf(compressed)) {
      const part = maxSize === null ? bytes : decompressBlock(bytes, maxSize);
      sizeBytes += part.length;
      if (sizeBytes > maxBytes) throw new DecompressedSizeError("lz4", maxBytes);
      parts.push(part);
    }
    return Buffer.concat(parts, sizeBytes);
  },
};

interface Block {
  readonly bytes: Buffer;
  /** What it may become, by its frame; null when it is stored as it is. */
  readonly maxSize: number | null;
}

function decompressBlock(bytes: Buffer, maxSize: number): Buffer {
  // Allocated by the library: 4 MiB at most.
  const bound = Buffer.alloc(4);
  bound.writeUInt32LE(Math.min(maxSize, bytes.length * MAX_RATIO));
  return lz4Library().uncompressSync(Buffer.concat([bound, bytes]));
}

/** The blocks of all frames. Reading outside of the bytes throws a RangeError. */
function* blocksOf(compressed: Buffer): Generator<Block> {
  let at = 0;
  do {
    const frame = readDescriptor(compressed, at);
    at = frame.blocksAt;
    for (;;) {
      const head = compressed.readUInt32LE(at);
      at += 4;
      if (head === 0) break;
      const isStored = head >= STORED;
      const length = isStored ? head - STORED : head;
      if (length > frame.maxBlockSize || length > compressed.length - at)
        throw new Error(`an lz4 block of ${length} bytes where ${compressed.length - at} are left`);
      yield { bytes: compressed.subarray(at, at + length), maxSize: isStored ? null : frame.maxBlockSize };
      at += length + frame.blockChecksumBytes;
    }
    at += frame.contentChecksumBytes;
  } while (at < compressed.length);
  if (at > compressed.length) throw new Error("an lz4 frame without its end");
}

function readDescriptor(compressed: Buffer, at: number) {
  const magic = compressed.readUInt32LE(at);
  if (magic !== MAGIC) throw new Error(`an lz4 frame cannot begin with 0x${magic.toString(16).padStart(8, "0")}`);
  const flags = compressed.readUInt8(at + 4);
  const sizeCode = (compressed.readUInt8(at + 5) >> 4) & 7;
  if (flags >> 6 !== 1) throw new Error(`lz4 frames have version 1, not ${flags >> 6}`);
  if ((flags & INDEPENDENT_BLOCKS) === 0) throw new Error("lz4 blocks that refer to each other");
  if ((flags & DICTIONARY_ID) !== 0) throw new Error("an lz4 frame that needs a dictionary");
  if (sizeCode < 4) throw new Error(`lz4 blocks with the unknown size ${sizeCode}`);
  const contentSizeBytes = (flags & CONTENT_SIZE) === 0 ? 0 : 8;
  return {
    // Magic number, flags, block size, content size, header checksum.
    blocksAt: at + 6 + contentSizeBytes + 1,
    maxBlockSize: 2 ** (8 + 2 * sizeCode),
    blockChecksumBytes: (flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4,
    contentChecksumBytes: (flags & CONTENT_CHECKSUM) === 0 ? 0 : 4,
  };
}

/** Snappy as Kafka has it: chunks in the framing of snappy-java, which Java writes, or one raw block, which librdkafka writes. */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import type { CompressionCodec } from "./compression.js";
import { lazily } from "./compression-library.js";
import { DecompressedSizeError } from "./errors.js";

/** The 8 bytes that snappy-java begins with (`SnappyCodec.MAGIC_HEADER`); its version and the oldest that reads it follow. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const LENGTH_BYTES = 4;
/** What snappy-java puts into a chunk when nothing is said. */
const CHUNK_BYTES = 32 * 1024;
/** Memory of the library's own is freed only between turns of the event loop, hence not while batch after batch is decoded. */
const OWNED = { copyOutputData: true };
/** A copy of 64 bytes takes 3: no block becomes 22 times as long. */
const MAX_RATIO = 22;

const require = createRequire(import.meta.url);
const snappyLibrary = lazily({ id: 2, name: "snappy" }, "snappy", (): typeof import("snappy") => require("snappy"));

/** Reads both forms and writes that of Java, which every client reads. */
export const snappy: CompressionCodec = {
  id: 2,
  name: "snappy",

  compress(records) {
    const library = snappyLibrary();
    const parts: Buffer[] = [HEADER];
    for (let at = 0; at < records.length; at += CHUNK_BYTES) {
      const chunk = library.compressSync(records.subarray(at, at + CHUNK_BYTES), OWNED);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeInt32BE(chunk.length);
      parts.push(length, chunk);
    }
    return Buffer.concat(parts);
  },

  decompress(compressed, maxBytes) {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    for (const block of blocksOf(compressed)) {
      const claimed = claimedSize(block);
      if (sizeBytes + claimed > maxBytes) throw new DecompressedSizeError("snappy", maxBytes);
      // The library allocates what a block claims.
      if (claimed > block.length * MAX_RATIO)
        throw new Error(`a snappy block of ${block.length} bytes claims to become ${claimed}`);
      const part = snappyLibrary().uncompressSync(block, OWNED);
      if (typeof part === "string") throw new Error("the snappy library gave a text");
      sizeBytes += part.length;
      parts.push(part);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, sizeBytes);
  },
};

function* blocksOf(compressed: Buffer): Generator<Buffer> {
  if (!compressed.subarray(0, MAGIC.length).equals(MAGIC)) {
    yield compressed;
    return;
  }
  for (let at = HEADER.length; at < compressed.length; ) {
    const left = compressed.length - at - LENGTH_BYTES;
    const length = left < 0 ? -1 : compressed.readInt32BE(at);
    if (length < 0 || length > left) throw new Error(`a snappy chunk of ${length} bytes where ${left} are left`);
    at += LENGTH_BYTES;
    yield compressed.subarray(at, at + length);
    at += length;
  }
}

/** What a raw block says that it becomes: a varint before its data. */
function claimedSize(block: Buffer): number {
  let size = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    size += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return size;
  }
  throw new Error("a snappy block without the length of its data");
}

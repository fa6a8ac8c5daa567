/** Zstandard by node:zlib where it has it (Node 22.15 and later), else by the reference implementation in WebAssembly. */
import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import type { CompressionCodec } from "./compression.js";
import { lazily } from "./compression-library.js";
import { type ZstdFrame, zstdFrames } from "./compression-zstd-frames.js";
import { loadZstdLibrary } from "./compression-zstd-library.js";
import { DecompressedSizeError } from "./errors.js";

declare module "node:zlib" {
  // The types of Node 20 do not have them.
  const zstdCompressSync: ((bytes: Buffer) => Buffer) | undefined;
  const zstdDecompressSync: ((bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer) | undefined;
}

interface Zstd {
  compress(records: Buffer): Buffer;
  /** Null when there would be more than `maxBytes`. */
  decompress(frame: ZstdFrame, maxBytes: number): Buffer | null;
}

/** Beyond this, memory for WebAssembly may not be had, which the library does not look at. */
const LIBRARY_MAX_BYTES = 512 * 1024 * 1024;
/** ZSTD_error_dstSize_tooSmall. */
const TOO_SMALL = /code -70$/;

const zstdOfPlatform = lazily({ id: 4, name: "zstd" }, "@bokuweb/zstd-wasm", () => zstdOfNode() ?? zstdOfLibrary());

/** Reads any number of frames, with or without the size of their content, and writes one. */
export const zstd: CompressionCodec = {
  id: 4,
  name: "zstd",
  compress: (records) => zstdOfPlatform().compress(records),

  decompress(compressed, maxBytes) {
    const parts: Buffer[] = [];
    let sizeBytes = 0;
    for (const frame of zstdFrames(compressed)) {
      const left = maxBytes - sizeBytes;
      const part = (frame.contentSize ?? 0) > left ? null : zstdOfPlatform().decompress(frame, left);
      if (part === null) throw new DecompressedSizeError("zstd", maxBytes);
      sizeBytes += part.length;
      parts.push(part);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, sizeBytes);
  },
};

function zstdOfNode(): Zstd | null {
  const { zstdCompressSync, zstdDecompressSync } = zlib;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return null;
  return {
    compress: (records) => zstdCompressSync(records),
    decompress({ bytes }, maxBytes) {
      try {
        // It takes no bound of 0.
        const content = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
        return content.length > maxBytes ? null : content;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") return null;
        throw error;
      }
    },
  };
}

function zstdOfLibrary(): Zstd {
  const library = loadZstdLibrary();
  return {
    compress: (records) => asBuffer(library.compress(records)),
    decompress({ bytes, maxSize }, maxBytes) {
      // Taken when the frame does not say how large its content is; else the library allocates what it says.
      const defaultHeapSize = Math.min(maxSize, maxBytes, LIBRARY_MAX_BYTES);
      try {
        return asBuffer(library.decompress(bytes, { defaultHeapSize }));
      } catch (error) {
        if (defaultHeapSize < maxSize && error instanceof Error && TOO_SMALL.test(error.message)) return null;
        throw error;
      }
    },
  };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

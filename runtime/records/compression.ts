/** The compression port and the two codecs that need no dependency: none, and gzip by node:zlib. */
import { gunzipSync, gzipSync } from "node:zlib";
import { DecompressedSizeError } from "./errors.js";

/** Kafka's ids: none, gzip, snappy, lz4, zstd. */
export type CompressionId = 0 | 1 | 2 | 3 | 4;

/**
 * Turns the records of a batch (everything after its header, as one stream) into fewer bytes and back. Synchronous: a batch is
 * encoded and decoded in one go.
 */
export interface CompressionCodec {
  readonly id: CompressionId;
  /** As in Kafka's `compression.type`. */
  readonly name: string;
  compress(records: Buffer): Buffer;
  /**
   * Throws DecompressedSizeError, before allocating it, when there would be more than `maxBytes`, and UnsupportedCompressionError
   * when it cannot work on this machine; anything else it throws is reported as a corrupt batch with that error as the cause.
   */
  decompress(compressed: Buffer, maxBytes: number): Buffer;
}

const NAMES = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** The name of a compression id as found in a batch's attributes (0 to 7). */
export function compressionName(id: number): string {
  return NAMES[id] ?? `with the unknown id ${id}`;
}

export const noCompression: CompressionCodec = {
  id: 0,
  name: "none",
  compress: (records) => records,
  decompress: (records) => records,
};

export const gzip: CompressionCodec = {
  id: 1,
  name: "gzip",
  compress: (records) => gzipSync(records),
  decompress(compressed, maxBytes) {
    try {
      return gunzipSync(compressed, { maxOutputLength: maxBytes });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ERR_BUFFER_TOO_LARGE") throw new DecompressedSizeError("gzip", maxBytes, { cause: error });
      throw error;
    }
  },
};

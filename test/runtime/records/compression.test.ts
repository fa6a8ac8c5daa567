/** The compression port: gzip, its bound, streams that are damaged, and a codec of one's own. */
import { Buffer } from "node:buffer";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type CompressionCodec,
  CorruptBatchError,
  DecompressedSizeError,
  decodeBatch,
  encodeBatch,
  gzip,
  noCompression,
  readBatchHeader,
  UnsupportedCompressionError,
} from "../../../runtime/records/index.js";
import { decodeRecords, plain, plainDecoded, record, records } from "./samples.js";

const unchecked = { checkCrc: false };

describe("compressed batches", () => {
  test("are smaller", () => {
    expect(encodeBatch(records(500), { compression: gzip }).length).toBeLessThan(encodeBatch(records(500)).length / 2);
  });

  test("are refused when they decompress to more than the bound", () => {
    const batch = encodeBatch([record({ value: Buffer.alloc(1_000_000) })], { compression: gzip });
    const decode = () => decodeBatch(batch, 0, { maxDecompressedBytes: 999_999 });
    expect(decode).toThrow(DecompressedSizeError);
    expect(decode).toThrow(expect.objectContaining({ maxBytes: 999_999, name: "DecompressedSizeError" }));
    expect(decode).toThrow("gzip record batch decompresses to more than 999999 bytes (maxDecompressedBytes)");
    expect(decodeRecords(batch, 0, { maxDecompressedBytes: 1_100_000 })).toHaveLength(1);
  });

  test("are bounded at 64 MiB when nothing is said", () => {
    const bomb = encodeBatch([record({ value: Buffer.alloc(65 * 1024 * 1024) })], { compression: gzip });
    expect(() => decodeBatch(bomb)).toThrow(DecompressedSizeError);
  });

  test("are corrupt when their stream is, with the reason as the cause", () => {
    const batch = encodeBatch(records(5), { compression: gzip });
    batch[61] = 0;
    const decode = () => decodeBatch(batch, 0, unchecked);
    expect(decode).toThrow(CorruptBatchError);
    expect(decode).toThrow(
      expect.objectContaining({
        corruption: "compression",
        cause: expect.objectContaining({ message: "incorrect header check" }),
      }),
    );
  });

  test("are corrupt when what was compressed is, named by the place in the decompressed records", () => {
    const broken: CompressionCodec = { ...gzip, compress: (all) => gzip.compress(all.subarray(0, -1)) };
    const decode = () => decodeBatch(encodeBatch([record()], { compression: broken }));
    expect(decode).toThrow("byte 1 of its decompressed records: record has");
  });

  test("of another kind are read and written with a codec for it", () => {
    const zstd: CompressionCodec = {
      id: 4,
      name: "zstd",
      compress: (all) => brotliCompressSync(all),
      decompress: (all) => brotliDecompressSync(all),
    };
    const batch = encodeBatch(records(5), { compression: zstd });
    expect(readBatchHeader(batch).compression).toBe(4);
    expect(plainDecoded(decodeRecords(batch, 0, { codecs: [gzip, zstd] }))).toEqual(records(5).map(plain));
    expect(() => decodeBatch(batch)).toThrow(UnsupportedCompressionError);
  });

  test("with an id that Kafka does not know are refused by it", () => {
    const batch = encodeBatch(records(1));
    batch.writeInt16BE(6, 21);
    expect(() => decodeBatch(batch, 0, unchecked)).toThrow("compression with the unknown id 6 is not supported");
  });
});

test("no compression leaves the bytes as they are", () => {
  const bytes = Buffer.from("records");
  expect([noCompression.compress(bytes), noCompression.decompress(bytes, 0)]).toEqual([bytes, bytes]);
});

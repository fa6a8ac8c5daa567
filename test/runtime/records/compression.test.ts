/** The compression port: every codec, its bound, streams that are damaged or made to harm, and a codec of one's own. */
import { Buffer } from "node:buffer";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { lazily } from "../../../runtime/records/compression-library.js";
import {
  type BatchRecord,
  type CompressionCodec,
  CorruptBatchError,
  DecompressedSizeError,
  decodeBatch,
  encodeBatch,
  gzip,
  lz4,
  noCompression,
  RecordBatchError,
  readBatchHeader,
  snappy,
  UnsupportedCompressionError,
  zstd,
} from "../../../runtime/records/index.js";
import { decodeRecords, plain, plainDecoded, record, records } from "./samples.js";

const unchecked = { checkCrc: false };
const RECORDS_AT = 61;

const MIB = 1 << 20;
const incompressible = Buffer.alloc(200_000);
for (let at = 0, state = 1; at < incompressible.length; at++) {
  state = (Math.imul(state, 1103515245) + 12345) | 0;
  incompressible[at] = state >>> 16;
}

describe.each([gzip, snappy, lz4, zstd])("$name", (codec) => {
  const written = (...values: Buffer[]) =>
    encodeBatch(
      values.map((value) => record({ value })),
      { compression: codec },
    );

  test("batches are smaller", () => {
    expect(encodeBatch(records(500), { compression: codec }).length).toBeLessThan(
      encodeBatch(records(500)).length * 0.75,
    );
  });

  test("batches are read as they were written", () => {
    const values = [Buffer.alloc(0), Buffer.alloc(3 * MIB, "ab"), incompressible, Buffer.from("x")];
    expect(
      decodeRecords(written(...values)).map((one) => one.value?.equals(values.shift() ?? Buffer.alloc(1))),
    ).toEqual([true, true, true, true]);
  });

  test("batches that decompress to just the bound are read, to one byte more refused", () => {
    const plainly = encodeBatch([record({ value: Buffer.alloc(MIB) })]).length - RECORDS_AT;
    const batch = written(Buffer.alloc(MIB));
    expect(decodeRecords(batch, 0, { maxDecompressedBytes: plainly })).toHaveLength(1);
    const decode = () => decodeBatch(batch, 0, { maxDecompressedBytes: plainly - 1 });
    expect(decode).toThrow(DecompressedSizeError);
    expect(decode).toThrow(expect.objectContaining({ maxBytes: plainly - 1, name: "DecompressedSizeError" }));
    expect(decode).toThrow(
      `a ${codec.name} record batch decompresses to more than ${plainly - 1} bytes (maxDecompressedBytes)`,
    );
  });

  test("batches are bounded at 64 MiB when nothing is said", () => {
    expect(() => decodeBatch(written(Buffer.alloc(65 * MIB)))).toThrow(DecompressedSizeError);
  });

  test("batches that are cut anywhere are corrupt", () => {
    const batch = written(Buffer.from("The quick brown fox jumps over the lazy dog. ".repeat(20)), incompressible);
    const step = Math.ceil(batch.length / 200);
    for (let end = RECORDS_AT; end < batch.length; end += step) {
      const cut = Buffer.from(batch.subarray(0, end));
      cut.writeInt32BE(end - 12, 8);
      expect(() => decodeBatch(cut, 0, unchecked)).toThrow(CorruptBatchError);
    }
  });
});

describe("compressed batches", () => {
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

  test("are written and read with a codec of one's own", () => {
    const brotli: CompressionCodec = {
      id: 4,
      name: "zstd",
      compress: (all) => brotliCompressSync(all),
      decompress: (all) => brotliDecompressSync(all),
    };
    const batch = encodeBatch(records(5), { compression: brotli });
    expect(readBatchHeader(batch).compression).toBe(4);
    expect(plainDecoded(decodeRecords(batch, 0, { codecs: [gzip, brotli] }))).toEqual(records(5).map(plain));
  });

  test("of a kind that no codec is given for are refused by its name, with what to do", () => {
    const decode = () => decodeBatch(encodeBatch(records(5), { compression: zstd }), 0, { codecs: [gzip, snappy] });
    expect(decode).toThrow(UnsupportedCompressionError);
    expect(decode).toThrow(expect.objectContaining({ codec: "zstd", id: 4 }));
    expect(decode).toThrow(
      "compression zstd is not supported: write the topic with compression.type none, gzip, snappy",
    );
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

/** The records as others may compress them: `stream` makes the bytes. */
function streamed(codec: CompressionCodec, given: readonly BatchRecord[], stream: (all: Buffer) => Buffer): Buffer {
  return encodeBatch(given, { compression: { ...codec, compress: stream } });
}

describe("streams in other forms are read:", () => {
  const given = records(500);
  const read = (codec: CompressionCodec, stream: (all: Buffer) => Buffer) =>
    plainDecoded(decodeRecords(streamed(codec, given, stream)));
  const halves = (all: Buffer) => [all.subarray(0, all.length >> 1), all.subarray(all.length >> 1)] as const;

  test("zstd in several frames, with one to skip between", () => {
    const skipped = Buffer.from("5f2a4d1803000000616263", "hex");
    const stream = (all: Buffer) => {
      const [first, second] = halves(all);
      return Buffer.concat([zstd.compress(first), skipped, zstd.compress(second)]);
    };
    expect(read(zstd, stream)).toEqual(given.map(plain));
  });

  test("lz4 in several frames", () => {
    expect(read(lz4, (all) => Buffer.concat(halves(all).map(lz4.compress)))).toEqual(given.map(plain));
  });

  test("lz4 with its content's size and all checksums", () => {
    // Of one record(), by lz4 1.9.4 with --content-size -BX.
    const byTool = "04224d187c400f00000000000000dd0f0000801c000000066b65790a76616c75650048a71b820000000048a71b82";
    const batch = streamed(lz4, [record()], () => Buffer.from(byTool, "hex"));
    expect(plainDecoded(decodeRecords(batch))).toEqual([plain(record(), 0)]);
  });
});

describe("streams made to harm are refused before memory is taken for what they claim:", () => {
  const varint = (value: number) =>
    Buffer.from([
      (value & 127) | 128,
      ((value >> 7) & 127) | 128,
      ((value >> 14) & 127) | 128,
      ((value >> 21) & 127) | 128,
      value >>> 28,
    ]);
  const xerial = (...chunks: Buffer[]) =>
    Buffer.concat([Buffer.from("82534e41505059000000000100000001", "hex"), ...chunks]);
  const length = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const lz4Frame = (flags: number, ...blocks: number[]) =>
    Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, 0x70, 0, ...blocks]);
  /** A frame with a window of 1 KiB and these blocks: [type, size, ...bytes]. */
  const zstdFrame = (...blocks: [number, number, ...number[]][]) =>
    Buffer.concat([
      Buffer.from("28b52ffd0000", "hex"),
      ...blocks.map(([type, size, ...bytes], index) => {
        const head = Buffer.alloc(3);
        head.writeUIntLE((size << 3) | (type << 1) | (index === blocks.length - 1 ? 1 : 0), 0, 3);
        return Buffer.concat([head, Buffer.from(bytes)]);
      }),
    ]);

  test.each<[string, CompressionCodec, Buffer, string]>([
    ["nothing", snappy, Buffer.alloc(0), "without the length"],
    [
      "a snappy block that claims 60 MiB",
      snappy,
      Buffer.concat([varint(60 * MIB), Buffer.alloc(20)]),
      "claims to become",
    ],
    ["a snappy length that does not end", snappy, Buffer.alloc(20, 0xff), "without the length"],
    ["a snappy chunk of negative length", snappy, xerial(length(-1), Buffer.alloc(8)), "a snappy chunk of -1 bytes"],
    ["a snappy chunk of 2 GiB", snappy, xerial(length(2 ** 31 - 1), Buffer.alloc(8)), "where 8 are left"],
    ["a snappy chunk cut in its length", snappy, xerial(Buffer.alloc(3)), "where -1 are left"],
    ["nothing", lz4, Buffer.alloc(0), "outside buffer bounds"],
    ["lz4 that is none", lz4, Buffer.alloc(20, 7), "cannot begin with 0x07070707"],
    ["an lz4 block longer than there is", lz4, lz4Frame(0x60, 0xff, 0xff, 0xff, 0x00), "where 0 are left"],
    ["an lz4 block longer than its frame's blocks", lz4, lz4Frame(0x60, 0, 0, 0x50, 0), "an lz4 block of"],
    ["an lz4 block of nothing that decompresses", lz4, lz4Frame(0x60, 2, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0), ""],
    ["lz4 of another version", lz4, lz4Frame(0xa0), "version 1, not 2"],
    ["lz4 blocks that refer to each other", lz4, lz4Frame(0x40, 0, 0, 0, 0), "refer to each other"],
    ["an lz4 frame that needs a dictionary", lz4, lz4Frame(0x61, 0, 0, 0, 0), "needs a dictionary"],
    ["lz4 without the end of its checksum", lz4, lz4Frame(0x64, 0, 0, 0, 0, 1), "without its end"],
    ["zstd that is none", zstd, Buffer.alloc(20, 7), "cannot begin with 0x07070707"],
    [
      "a zstd frame that claims 60 MiB",
      zstd,
      Buffer.from("28b52ffda00000c003010000", "hex"),
      "its blocks have 0 at most",
    ],
    ["a zstd block of the reserved type", zstd, zstdFrame([3, 0]), "a zstd block of type 3"],
    ["a zstd block beyond 128 KiB", zstd, zstdFrame([1, 2 ** 17 + 1, 7]), "a zstd block of type 1 and 131073 bytes"],
    ["a zstd block longer than there is", zstd, zstdFrame([0, 9, 7]), "without its end"],
    ["a zstd block of sequences that never end", zstd, zstdFrame([2, 9, 0, 255, 255, 255, 0x54, 0, 0, 52, 128]), ""],
    ["a zstd frame to skip that is longer than there is", zstd, Buffer.from("502a4d18ffffffff", "hex"), ""],
  ])("%s", (_what, codec, stream, message) => {
    const decode = () => decodeBatch(streamed(codec, records(1), () => stream));
    expect(decode).toThrow(CorruptBatchError);
    if (message === "") return;
    expect(decode).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining(message) }) }),
    );
  });

  test.each<[string, CompressionCodec, Buffer]>([
    ["a snappy block that claims 4 GiB", snappy, Buffer.concat([varint(2 ** 32 - 1), Buffer.alloc(20)])],
    ["a zstd frame that claims 2^60 bytes", zstd, Buffer.from("28b52ffde00000000000000010020000000000", "hex")],
    [
      "zstd of 64 KiB that becomes 1 GiB",
      zstd,
      zstdFrame(...Array.from({ length: 8192 }, (): [number, number, number] => [1, 2 ** 17, 7])),
    ],
  ])("%s", (_what, codec, stream) => {
    const before = process.memoryUsage();
    expect(() => decodeBatch(streamed(codec, records(1), () => stream))).toThrow(RecordBatchError);
    const { rss, external } = process.memoryUsage();
    expect(Math.max(rss - before.rss, external - before.external)).toBeLessThan(150 * MIB);
  });
});

test("a library that does not load is told with the codec and what to do, and asked again", () => {
  let tries = 0;
  const load = lazily({ id: 3, name: "lz4" }, "lz4-napi", () => {
    tries++;
    if (tries === 1) throw new Error("Cannot find native binding");
    return "library";
  });
  expect(load).toThrow(
    expect.objectContaining({
      name: "UnsupportedCompressionError",
      codec: "lz4",
      message: expect.stringMatching(
        /compression lz4 is not supported: its package lz4-napi does not load here .*; install/,
      ),
      cause: expect.objectContaining({ message: "Cannot find native binding" }),
    }),
  );
  expect([load(), load(), tries]).toEqual(["library", "library", 2]);
});

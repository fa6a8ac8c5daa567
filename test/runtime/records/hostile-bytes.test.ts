/** Whatever the bytes: a named error or records that can be looked at, never another error, an endless loop or a large allocation. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  batchesIn,
  CorruptBatchError,
  type DecodeOptions,
  decodeBatch,
  encodeBatch,
  gzip,
  lz4,
  RecordBatchError,
  retainRecords,
  snappy,
  zstd,
} from "../../../runtime/records/index.js";
import { anyRecords, NOON, record } from "./samples.js";
import { brokerCases, clientCases, compressedCases } from "./vectors.js";

const RECORDS_AT = 61;
const small = encodeBatch([
  record({ headers: [{ key: "h", value: Buffer.from("x") }] }),
  record({ timestamp: NOON + 2 ** 40, key: null, value: null, headers: [{ key: "", value: null }] }),
  record({ value: Buffer.alloc(70) }),
]);
const kafkas = [...clientCases, ...brokerCases].map((one) => one.bytes);
const compressed = compressedCases.map((one) => one.bytes);
const unchecked: DecodeOptions = { checkCrc: false, maxDecompressedBytes: 1 << 20 };

/** Bytes with some of them changed, removed, put in, or cut off. */
const damaged = fc
  .tuple(
    fc.oneof(
      anyRecords.map((given) => encodeBatch(given)),
      fc
        .tuple(anyRecords, fc.constantFrom(gzip, snappy, lz4, zstd))
        .map(([given, compression]) => encodeBatch(given, { compression })),
      fc.constantFrom(...compressed),
      fc.constantFrom(...kafkas),
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("change", "insert", "remove", "cut")), { maxLength: 6 }),
  )
  .map(([bytes, damages]) => damages.reduce(damage, Buffer.from(bytes)));

describe("damaged bytes", () => {
  test.each([true, false])(
    "give a named error or records, in each way of reading (checksum verified: %s)",
    (checkCrc) => {
      fc.assert(
        fc.property(damaged, (bytes) => {
          for (const read of readings({ ...unchecked, checkCrc })) onlyNamedErrors(() => read(bytes));
        }),
        { numRuns: 1500 },
      );
    },
  );

  test("give a named error or records for each value of each byte", () => {
    const bytes = Buffer.from(small);
    for (let at = 0; at < small.length; at++) {
      for (let value = 0; value < 256; value++) {
        bytes[at] = value;
        onlyNamedErrors(() => look(bytes, unchecked));
      }
      bytes[at] = small[at] ?? 0;
    }
  });

  test.each([snappy, lz4, zstd])("give a named error or records for each value of each byte of $name", (codec) => {
    const whole = encodeBatch([record({ value: Buffer.from("a small value, a small value, a small value") })], {
      compression: codec,
    });
    const bytes = Buffer.from(whole);
    for (let at = RECORDS_AT; at < whole.length; at++) {
      for (let value = 0; value < 256; value++) {
        bytes[at] = value;
        onlyNamedErrors(() => look(bytes, unchecked));
      }
      bytes[at] = whole[at] ?? 0;
    }
  });

  test("give a named error wherever they are cut", () => {
    for (let length = 0; length < small.length; length++) {
      expect(() => look(small.subarray(0, length), unchecked)).toThrow(CorruptBatchError);
    }
  });

  test("are found wherever a byte changed that is not the base offset's or the leader epoch's", () => {
    const free = (at: number) => at < 8 || (at >= 12 && at < 16);
    const missed = [...small.keys()].filter((at) => {
      const bytes = Buffer.from(small);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      return !free(at) && !refuses(bytes);
    });
    expect(missed).toEqual([]);
  });

  test("are told by both checksums", () => {
    const bytes = Buffer.from(small);
    bytes.writeUInt32BE(0x1ab, 17);
    const decode = () => decodeBatch(Buffer.concat([small, bytes]), small.length);
    expect(decode).toThrow(expect.objectContaining({ corruption: "checksum", position: small.length, baseOffset: 0 }));
    expect(decode).toThrow(`0x000001ab, its bytes give 0x${small.readUInt32BE(17).toString(16).padStart(8, "0")}`);
  });

  test("that are random give a named error or nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (random, asRecords) => {
        // Half of them get past the header, which random bytes never do.
        const bytes = asRecords ? withRecords(3, ...random) : Buffer.from(random);
        for (const read of readings(unchecked)) onlyNamedErrors(() => read(bytes));
      }),
      { numRuns: 1500 },
    );
  });
});

describe("impossible records", () => {
  const empty = [0, 0, 0, 1, 1, 0];
  test.each<[string, number, number[], string]>([
    ["more records than there are bytes for", 2 ** 31 - 1, [12, ...empty], "2147483647 records do not fit 7 bytes"],
    ["fewer records than are there", 0, [12, ...empty], "7 bytes are left after its 0 records"],
    ["a record longer than the batch", 1, [14, ...empty], "record has 7 bytes where 6 are left"],
    ["a record of negative length", 1, [1, ...empty], "record has -1 bytes"],
    ["a record shorter than its fields", 1, [10, ...empty], "header count is cut off"],
    ["a record longer than its fields", 1, [14, ...empty, 9], "end 1 bytes before the record"],
    ["a key longer than the record", 1, [12, 0, 0, 0, 8, 1, 0], "key has 4 bytes where 2 are left"],
    ["a key of length -2", 1, [12, 0, 0, 0, 3, 1, 0], "key has -2 bytes"],
    ["a value longer than the record", 1, [12, 0, 0, 0, 1, 4, 0], "value has 2 bytes where 1 are left"],
    ["more headers than bytes", 1, [12, 0, 0, 0, 1, 1, 2], "cannot have 1 headers"],
    ["a negative number of headers", 1, [12, 0, 0, 0, 1, 1, 1], "cannot have -1 headers"],
    ["a null header key", 1, [16, 0, 0, 0, 1, 1, 2, 1, 1], "header key has -1 bytes"],
    [
      "a header value longer than the record",
      1,
      [16, 0, 0, 0, 1, 1, 2, 0, 2],
      "header value has 1 bytes where 0 are left",
    ],
    ["an offset before the batch", 1, [12, 0, 0, 1, 1, 1, 0], "offset 4 where 5 to"],
    ["an offset beyond the batch", 1, [20, 0, 0, 254, 255, 255, 255, 15, 1, 1, 0], "a record has the offset"],
    ["an offset twice", 2, [12, ...empty, 12, ...empty], "offset 5 where 6 to"],
    [
      "a length of more than 32 bits",
      1,
      [255, 255, 255, 255, 16, 0, 0],
      "record length is a varint of more than 32 bits",
    ],
    ["a timestamp of more than ten bytes", 1, [40, 0, ...Array(11).fill(128), ...empty, 0, 0], "more than 10 bytes"],
    [
      "a timestamp beyond the safe integers",
      1,
      [28, 0, ...Array(7).fill(255), 127, 0, 1, 1, 0, 0, 0],
      "timestampDelta (about -",
    ],
    [
      "a timestamp that is not safe with its base",
      1,
      [26, 0, 254, ...Array(6).fill(255), 31, 0, 1, 1, 0],
      "timestamp 9",
    ],
    ["a record cut in its length", 1, [128, 128, 128, 128, 128, 128, 128], "record length is a varint of more"],
  ])("%s", (_what, count, body, message) => {
    expect(() => decodeBatch(withRecords(count, ...body), 0, unchecked)).toThrow(RecordBatchError);
    expect(() => decodeBatch(withRecords(count, ...body), 0, unchecked)).toThrow(message);
  });

  test("are named with the batch's base offset and the byte", () => {
    const decode = () => decodeBatch(withRecords(1, 14, 0, 0, 0, 1, 1, 0), 0, unchecked);
    expect(decode).toThrow("record batch with base offset 5, byte 62: record has 7 bytes where 6 are left");
    expect(decode).toThrow(expect.objectContaining({ corruption: "records", position: 62, baseOffset: 5 }));
  });

  test("a control record without type or epoch", () => {
    const control = (...body: number[]) => {
      const bytes = withRecords(1, ...body);
      bytes.writeInt16BE(0x20, 21);
      return () => decodeBatch(bytes, 0, unchecked);
    };
    expect(control(12, 0, 0, 0, 1, 1, 0)).toThrow("no version and type");
    expect(control(18, 0, 0, 0, 6, 0, 0, 0, 1, 0)).toThrow("no version and type");
    expect(control(20, 0, 0, 0, 8, 0, 0, 0, 1, 1, 0)).toThrow("no coordinator epoch");
  });
});

/** A batch that covers offsets from 5 on, with these bytes for records and a checksum of nothing. */
function withRecords(count: number, ...body: number[]): Buffer {
  const bytes = Buffer.concat([small.subarray(0, RECORDS_AT), Buffer.from(body)]);
  bytes.writeBigInt64BE(5n, 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(2 ** 31 - 2, 23);
  bytes.writeInt32BE(count, 57);
  return bytes;
}

function damage(bytes: Buffer, [where, value, kind]: [number, number, string]): Buffer {
  const at = where % (bytes.length + 1);
  const after = kind === "insert" ? at : at + 1;
  if (kind === "cut") return bytes.subarray(0, at);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(kind === "remove" ? [] : [value]), bytes.subarray(after)]);
}

function readings(options: DecodeOptions): ((bytes: Buffer) => void)[] {
  return [
    (bytes) => look(bytes, options),
    (bytes) => {
      for (const { position } of batchesIn(bytes)) onlyNamedErrors(() => look(bytes.subarray(position), options));
    },
    (bytes) => retainRecords(bytes, 0, (one) => one.offset % 2 === 0, options),
  ];
}

/** Reads all there is in the first batch. Its parts are looked at outside of any expectation of an error. */
function look(bytes: Buffer, options: DecodeOptions): void {
  const batch = decodeBatch(bytes, 0, options);
  if (batch.kind === "control") return;
  try {
    for (const { key, value, headers, offset, timestamp, sizeBytes } of batch.records) {
      const numbers = [offset, timestamp, sizeBytes, key?.length ?? 0, value?.length ?? 0, headers.length];
      if (!numbers.every(Number.isSafeInteger)) throw new Error(`not a record: ${numbers}`);
    }
  } catch (cause) {
    throw new Error("a record that was decoded cannot be looked at", { cause });
  }
}

function refuses(bytes: Buffer): boolean {
  try {
    decodeBatch(bytes);
    return false;
  } catch {
    return true;
  }
}

function onlyNamedErrors(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof RecordBatchError)) throw error;
  }
}

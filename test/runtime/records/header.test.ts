/** Headers without records: walking over batches, and assigning offsets in place. */
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import {
  assignBaseOffset,
  batchesIn,
  CorruptBatchError,
  encodeBatch,
  InvalidBatchError,
  readBatchHeader,
} from "../../../runtime/records/index.js";
import { decodeRecords, records } from "./samples.js";

const first = encodeBatch(records(3), { baseOffset: 10 });
const second = encodeBatch(records(5), { baseOffset: 13 });
const both = Buffer.concat([first, second]);

describe("batchesIn", () => {
  test("gives each batch's place and offsets", () => {
    expect([...batchesIn(both)]).toMatchObject([
      { position: 0, end: first.length, sizeBytes: first.length, baseOffset: 10, lastOffset: 12, count: 3 },
      { position: first.length, end: both.length, sizeBytes: second.length, baseOffset: 13, lastOffset: 17, count: 5 },
    ]);
  });

  test("starts where it is told to", () => {
    expect([...batchesIn(both, first.length)].map((header) => header.baseOffset)).toEqual([13]);
  });

  test("ends before a last batch that is cut off, wherever it is cut", () => {
    for (let length = 0; length < both.length; length++) {
      const whole = [...batchesIn(both.subarray(0, length))].map((header) => header.baseOffset);
      expect(whole).toEqual(length < first.length ? [] : [10]);
    }
  });

  test("decodes from the places it gives", () => {
    const offsets = [...batchesIn(both)].flatMap(({ position }) =>
      decodeRecords(both, position).map((one) => one.offset),
    );
    expect(offsets).toEqual([10, 11, 12, 13, 14, 15, 16, 17]);
  });

  test("stops at bytes that are no batch", () => {
    expect(() => [...batchesIn(Buffer.concat([first, Buffer.alloc(100)]))]).toThrow(
      expect.objectContaining({ corruption: "magic", position: first.length }),
    );
  });
});

describe("readBatchHeader", () => {
  test("says how much of a cut batch is there", () => {
    const read = () => readBatchHeader(first.subarray(0, 70));
    expect(read).toThrow(CorruptBatchError);
    expect(read).toThrow(expect.objectContaining({ corruption: "truncated", position: 0 }));
    expect(read).toThrow("only 70 bytes");
    expect(() => readBatchHeader(first, first.length + 5)).toThrow("only 0 bytes");
  });

  test.each([
    ["a length shorter than a header", 8, 48],
    ["a negative length", 8, -1],
    ["a last offset before the first", 23, -1],
    ["a negative count", 57, -1],
    ["more records than offsets", 57, 4],
  ])("%s is corrupt", (_what, at, value) => {
    const batch = Buffer.from(first);
    batch.writeInt32BE(value, at);
    expect(() => readBatchHeader(batch)).toThrow(expect.objectContaining({ corruption: "header" }));
  });

  test("a batch length of a header alone is a batch", () => {
    const empty = Buffer.from(first.subarray(0, 61));
    empty.writeInt32BE(49, 8);
    empty.writeInt32BE(0, 57);
    expect(readBatchHeader(empty)).toMatchObject({ sizeBytes: 61, count: 0, lastOffset: 12 });
  });

  test("a negative base offset is corrupt", () => {
    const batch = Buffer.from(first);
    batch.writeBigInt64BE(-1n, 0);
    expect(() => readBatchHeader(batch)).toThrow(expect.objectContaining({ corruption: "header", baseOffset: -1 }));
  });

  test("a last offset beyond the safe integers is corrupt", () => {
    const batch = Buffer.from(first);
    batch.writeBigInt64BE(BigInt(Number.MAX_SAFE_INTEGER - 1), 0);
    expect(() => readBatchHeader(batch)).toThrow(CorruptBatchError);
  });
});

describe("assignBaseOffset", () => {
  test("renumbers the records and leaves the checksum right", () => {
    const batch = Buffer.from(first);
    assignBaseOffset(batch, 2 ** 40);
    expect(decodeRecords(batch).map((one) => one.offset)).toEqual([2 ** 40, 2 ** 40 + 1, 2 ** 40 + 2]);
    expect(batch.subarray(8).equals(first.subarray(8))).toBe(true);
  });

  test("may assign the leader epoch too", () => {
    const batch = Buffer.from(first);
    assignBaseOffset(batch, 99, { partitionLeaderEpoch: 4 });
    expect(batch.equals(encodeBatch(records(3), { baseOffset: 99, partitionLeaderEpoch: 4 }))).toBe(true);
  });

  test("changes only the batch it is pointed at", () => {
    const run = Buffer.from(both);
    assignBaseOffset(run, 500, { position: first.length });
    expect([...batchesIn(run)].map((header) => header.baseOffset)).toEqual([10, 500]);
  });

  test.each([-1, 0.5, Number.MAX_SAFE_INTEGER])("%d cannot be the first of three offsets", (offset) => {
    const batch = Buffer.from(first);
    expect(() => assignBaseOffset(batch, offset)).toThrow(InvalidBatchError);
    expect(batch.equals(first)).toBe(true);
  });

  test("a leader epoch out of range is refused before anything is written", () => {
    const batch = Buffer.from(first);
    expect(() => assignBaseOffset(batch, 1, { partitionLeaderEpoch: 2 ** 31 })).toThrow(InvalidBatchError);
    expect(batch.equals(first)).toBe(true);
  });
});

/** Compaction of a batch: like Kafka's log cleaner, byte for byte where it leaves the base timestamp alone. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CorruptBatchError,
  encodeBatch,
  gzip,
  lz4,
  readBatchHeader,
  retainRecords,
  snappy,
  UnsupportedCompressionError,
  zstd,
} from "../../../runtime/records/index.js";
import { anyRecords, decodeRecords, NOON, plain, plainDecoded, record, records } from "./samples.js";
import { caseNamed } from "./vectors.js";

const whole = caseNamed("before compaction").bytes;
const only =
  (...offsets: number[]) =>
  ({ offset }: { readonly offset: number }) =>
    offsets.includes(offset);

describe("retainRecords", () => {
  test("makes the same bytes as Kafka's log cleaner", () => {
    const kept = retainRecords(whole, 0, only(100, 103, 104, 108));
    expect(kept?.toString("hex")).toBe(caseNamed("compacted, the first record kept").bytes.toString("hex"));
  });

  test("keeps the same records as Kafka's log cleaner when the first is gone", () => {
    const kept = retainRecords(whole, 0, only(102, 105)) ?? Buffer.alloc(0);
    expect(plainDecoded(decodeRecords(kept))).toEqual(
      caseNamed("compacted, the first record gone").batches[0]?.records,
    );
    expect(readBatchHeader(kept)).toMatchObject({
      baseOffset: 100,
      lastOffset: 109,
      count: 2,
      maxTimestamp: NOON + 84,
    });
  });

  test("keeps what it is told to, in compressed batches too, with producer and offsets", () => {
    const producer = { id: 7, epoch: 1, baseSequence: 40, transactional: true };
    fc.assert(
      fc.property(
        anyRecords,
        fc.constantFrom({}, ...[gzip, snappy, lz4, zstd].map((compression) => ({ compression }))),
        fc.func(fc.boolean()),
        (given, codec, choose) => {
          const batch = encodeBatch(given, { baseOffset: 50, partitionLeaderEpoch: 3, producer, ...codec });
          const kept = retainRecords(batch, 0, (one) => choose(one.offset));
          const expected = given.map((one, index) => plain(one, 50 + index)).filter((one) => choose(one.offset));
          expect(kept === null ? [] : plainDecoded(decodeRecords(kept))).toEqual(expected);
          if (kept === null) return;
          const { count, sizeBytes, end, crc, maxTimestamp, ...same } = readBatchHeader(kept);
          expect(readBatchHeader(batch)).toMatchObject(same);
          expect(maxTimestamp).toBe(Math.max(...expected.map((one) => one.timestamp)));
        },
      ),
    );
  });

  test("gives null when nothing is kept", () => {
    expect(retainRecords(whole, 0, () => false)).toBeNull();
  });

  test("gives the batch itself when everything is kept", () => {
    const kept = retainRecords(whole, 0, () => true);
    expect(kept?.equals(whole)).toBe(true);
    expect(kept?.buffer).toBe(whole.buffer);
  });

  test("does not touch the bytes it was given", () => {
    const copy = Buffer.from(whole);
    retainRecords(copy, 0, only(101));
    expect(copy.equals(whole)).toBe(true);
  });

  test("works on a batch that was compacted before, and on one among others", () => {
    const run = Buffer.concat([encodeBatch(records(2)), caseNamed("compacted, the first record kept").bytes]);
    const kept = retainRecords(run, encodeBatch(records(2)).length, only(103)) ?? Buffer.alloc(0);
    expect(decodeRecords(kept).map((one) => one.offset)).toEqual([103]);
  });

  test("leaves log-append time alone", () => {
    const kept = retainRecords(caseNamed("log append time").bytes, 0, only(21)) ?? Buffer.alloc(0);
    expect(decodeRecords(kept).map((one) => one.timestamp)).toEqual([NOON + 5000]);
  });

  test("leaves a transaction marker alone, unasked", () => {
    const marker = caseNamed("commit marker").bytes;
    const asked: unknown[] = [];
    expect(retainRecords(marker, 0, (one) => asked.push(one) === 0)?.equals(marker)).toBe(true);
    expect(asked).toEqual([]);
  });

  test("verifies the checksum, unless told not to", () => {
    const damaged = encodeBatch([record(), record()]);
    damaged.write("?", damaged.length - 3);
    expect(() => retainRecords(damaged, 0, only(0))).toThrow(CorruptBatchError);
    expect(retainRecords(damaged, 0, only(0), { checkCrc: false })).not.toBeNull();
  });

  test.each(["gzip", "snappy", "lz4", "zstd"])("keeps the compression of what Java wrote: %s", (name) => {
    const { bytes, batches } = caseNamed(`${name} compressed`);
    const kept = retainRecords(bytes, 0, only(61, 80)) ?? Buffer.alloc(0);
    expect(readBatchHeader(kept).compression).toBe(batches[0]?.compression);
    expect(plainDecoded(decodeRecords(kept))).toEqual(
      batches[0]?.records.filter(({ offset }) => offset === 61 || offset === 80),
    );
  });

  test("refuses what it cannot decompress", () => {
    const retain = () => retainRecords(caseNamed("zstd compressed").bytes, 0, () => false, { codecs: [gzip] });
    expect(retain).toThrow(UnsupportedCompressionError);
  });
});

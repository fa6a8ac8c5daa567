/** What the encoders write into a header, what they refuse, and the bounds of the builder. */
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import {
  type BatchOptions,
  encodeBatch,
  gzip,
  InvalidBatchError,
  noCompression,
  RecordBatchBuilder,
  readBatchHeader,
  UnsafeLongError,
} from "../../../runtime/records/index.js";
import { decodeRecords, NOON, record, records } from "./samples.js";

const producer = { id: 2 ** 40, epoch: 32767, baseSequence: 2 ** 31 - 1, transactional: true };

describe("encodeBatch", () => {
  test("marks a batch without options as a producer without id sends it", () => {
    expect(readBatchHeader(encodeBatch(records(2)))).toMatchObject({
      baseOffset: 0,
      partitionLeaderEpoch: -1,
      compression: 0,
      timestampType: "create",
      transactional: false,
      control: false,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
    });
  });

  test("writes the options into the header", () => {
    const options = { baseOffset: 2 ** 50, partitionLeaderEpoch: 5, producer, compression: gzip };
    expect(readBatchHeader(encodeBatch(records(2), options))).toMatchObject({
      baseOffset: 2 ** 50,
      partitionLeaderEpoch: 5,
      compression: 1,
      transactional: true,
      producerId: producer.id,
      producerEpoch: producer.epoch,
      baseSequence: producer.baseSequence,
    });
  });

  test("an idempotent batch is not transactional", () => {
    const batch = encodeBatch(records(1), { producer: { ...producer, transactional: false } });
    expect(readBatchHeader(batch)).toMatchObject({ transactional: false, producerId: producer.id });
  });

  test("no compression is the same as none given", () => {
    expect(encodeBatch(records(3), { compression: noCompression }).equals(encodeBatch(records(3)))).toBe(true);
  });

  test("a batch without records is refused", () => {
    expect(() => encodeBatch([])).toThrow(InvalidBatchError);
    expect(() => new RecordBatchBuilder().build()).toThrow("at least one record");
  });

  test.each<[string, BatchOptions]>([
    ["a negative base offset", { baseOffset: -1 }],
    ["half an offset", { baseOffset: 0.5 }],
    ["a last offset that is not safe", { baseOffset: Number.MAX_SAFE_INTEGER }],
    ["a producer without id", { producer: { ...producer, id: -1 } }],
    ["an unsafe producer id", { producer: { ...producer, id: 2 ** 53 } }],
    ["a producer epoch beyond 16 bits", { producer: { ...producer, epoch: 32768 } }],
    ["a negative producer epoch", { producer: { ...producer, epoch: -1 } }],
    ["a sequence beyond 32 bits", { producer: { ...producer, baseSequence: 2 ** 31 } }],
    ["half a sequence", { producer: { ...producer, baseSequence: 1.5 } }],
    ["a leader epoch beyond 32 bits", { partitionLeaderEpoch: 2 ** 31 }],
    ["a leader epoch below none", { partitionLeaderEpoch: -2 }],
  ])("%s is refused", (_what, options) => {
    expect(() => encodeBatch(records(2), options)).toThrow(InvalidBatchError);
  });

  test.each([Number.NaN, 0.5, 2 ** 53, Number.POSITIVE_INFINITY])("a timestamp of %d is refused", (timestamp) => {
    expect(() => encodeBatch([record({ timestamp })])).toThrow(UnsafeLongError);
    expect(() => new RecordBatchBuilder().append(record({ timestamp }))).toThrow(`timestamp ${timestamp}`);
  });

  test("timestamps further apart than a safe integer are refused", () => {
    const apart = [record({ timestamp: -1 }), record({ timestamp: Number.MAX_SAFE_INTEGER })];
    expect(() => encodeBatch(apart)).toThrow("timestampDelta");
  });

  test("a timestamp before 1970 is refused, as by Kafka's client", () => {
    expect(() => encodeBatch([record({ timestamp: -2 })])).toThrow(InvalidBatchError);
  });

  test("a batch that Kafka's 32-bit length cannot name is refused before it is allocated", () => {
    const value = Buffer.alloc(2 ** 28);
    const given = Array.from({ length: 9 }, () => record({ value }));
    expect(() => encodeBatch(given)).toThrow("2 GiB at most");
  });
});

describe("RecordBatchBuilder", () => {
  test("says how large the batch is", () => {
    const builder = new RecordBatchBuilder();
    expect(builder.sizeBytes).toBe(61);
    for (const one of records(100)) builder.append(one);
    expect(builder.count).toBe(100);
    expect(builder.sizeBytes).toBe(encodeBatch(records(100)).length);
  });

  test("takes records up to its bound and then no more", () => {
    const given = records(10);
    const builder = new RecordBatchBuilder({ maxBytes: encodeBatch(given).length });
    expect(given.map((one) => builder.append(one))).toEqual(given.map(() => true));
    expect(builder.append(record({ key: null, value: null }))).toBe(false);
    expect(builder.build().equals(encodeBatch(given))).toBe(true);
  });

  test("takes a first record whatever its size", () => {
    const builder = new RecordBatchBuilder({ maxBytes: 100 });
    expect(builder.append(record({ value: Buffer.alloc(200_000) }))).toBe(true);
    expect(builder.append(record())).toBe(false);
  });

  test("is bounded at 1 MiB when nothing is said", () => {
    const builder = new RecordBatchBuilder();
    builder.append(record({ value: Buffer.alloc(1024 * 1024 - 100) }));
    expect(builder.append(record({ value: Buffer.alloc(100) }))).toBe(false);
  });

  test("starts anew after a batch, which later records do not touch", () => {
    const builder = new RecordBatchBuilder();
    builder.append(record({ timestamp: NOON + 5 }));
    const first = builder.build();
    const copy = Buffer.from(first);
    builder.append(record({ timestamp: NOON, key: Buffer.from("other") }));
    expect(builder.build().equals(encodeBatch([record({ timestamp: NOON, key: Buffer.from("other") })]))).toBe(true);
    expect(first.equals(copy)).toBe(true);
  });

  test("keeps its records when a batch is refused", () => {
    const builder = new RecordBatchBuilder();
    builder.append(record());
    expect(() => builder.build({ baseOffset: -1 })).toThrow(InvalidBatchError);
    expect(decodeRecords(builder.build({ baseOffset: 1 }))).toHaveLength(1);
  });

  test("is unchanged by a record that is refused", () => {
    const builder = new RecordBatchBuilder();
    for (const one of records(3)) builder.append(one);
    expect(() => builder.append(record({ timestamp: Number.NaN }))).toThrow(UnsafeLongError);
    expect(builder.build().equals(encodeBatch(records(3)))).toBe(true);
  });

  test("refuses a record that Kafka's 32-bit length cannot name, before it makes room", () => {
    const builder = new RecordBatchBuilder({ maxBytes: 2 ** 40 });
    expect(() => builder.append(record({ value: Buffer.alloc(2 ** 31) }))).toThrow("2 GiB at most");
    expect(builder.count).toBe(0);
  });

  test("forgets its records when reset", () => {
    const builder = new RecordBatchBuilder();
    builder.append(record());
    builder.reset();
    expect([builder.count, builder.sizeBytes]).toEqual([0, 61]);
  });
});

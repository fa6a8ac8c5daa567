/** What is encoded is decoded: all record shapes, through both encoders. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeBatch,
  gzip,
  noCompression,
  RecordBatchBuilder,
  readBatchHeader,
} from "../../../runtime/records/index.js";
import { anyRecords, decodeRecords, NOON, plain, plainDecoded, record, records } from "./samples.js";

describe("a batch that was encoded", () => {
  test.each([noCompression, gzip])("gives the same records back ($name)", (compression) => {
    fc.assert(
      fc.property(anyRecords, fc.nat(), (given, baseOffset) => {
        const batch = encodeBatch(given, { baseOffset, compression });
        const expected = given.map((one, index) => plain(one, baseOffset + index));
        expect(plainDecoded(decodeRecords(batch))).toEqual(expected);
      }),
    );
  });

  test("is the same bytes when its decoded records are encoded again", () => {
    fc.assert(
      fc.property(anyRecords, (given) => {
        const batch = encodeBatch(given);
        expect(encodeBatch(decodeRecords(batch)).equals(batch)).toBe(true);
      }),
    );
  });

  test("is the same bytes from the builder, batch after batch", () => {
    const builder = new RecordBatchBuilder({ maxBytes: 2 ** 30 });
    fc.assert(
      fc.property(anyRecords, fc.constantFrom(noCompression, gzip), (given, compression) => {
        for (const one of given) expect(builder.append(one)).toBe(true);
        expect(builder.build({ compression }).equals(encodeBatch(given, { compression }))).toBe(true);
      }),
    );
  });

  test("says in its header what is in it", () => {
    fc.assert(
      fc.property(anyRecords, (given) => {
        const times = given.map((one) => one.timestamp);
        expect(readBatchHeader(encodeBatch(given, { baseOffset: 7 }))).toMatchObject({
          count: given.length,
          baseOffset: 7,
          lastOffset: 6 + given.length,
          baseTimestamp: times[0],
          maxTimestamp: Math.max(...times),
        });
      }),
    );
  });

  test("may hold many records", () => {
    const given = records(20_000);
    expect(plainDecoded(decodeRecords(encodeBatch(given)))).toEqual(given.map(plain));
  });

  test("may hold a record of many megabytes", () => {
    const value = Buffer.alloc(20_000_000, "value");
    const [decoded] = decodeRecords(encodeBatch([record({ value })]));
    expect(decoded?.value?.equals(value)).toBe(true);
  });

  test("says what each record takes", () => {
    const batch = encodeBatch(records(100));
    const sizes = decodeRecords(batch).map((one) => one.sizeBytes);
    expect(61 + sizes.reduce((sum, size) => sum + size, 0)).toBe(batch.length);
  });

  test("is read without copying", () => {
    const batch = encodeBatch([record({ headers: [{ key: "h", value: Buffer.from("x") }] })]);
    const [decoded] = decodeRecords(batch);
    const views = [decoded?.key, decoded?.value, decoded?.headers[0]?.value];
    expect(views.map((view) => view?.buffer === batch.buffer)).toEqual([true, true, true]);
  });

  test("does not keep what it was made from", () => {
    const key = Buffer.from("before");
    const builder = new RecordBatchBuilder();
    builder.append(record({ key }));
    key.write("after!");
    expect(decodeRecords(builder.build())[0]?.key?.toString()).toBe("before");
  });

  test("keeps each header name, also when there are more of them than are remembered", () => {
    const names = [...Array.from({ length: 400 }, (_, index) => `name-${index}`), "é".repeat(200)];
    const given = [...names, ...names].map((key) => record({ timestamp: NOON, headers: [{ key, value: null }] }));
    expect(plainDecoded(decodeRecords(encodeBatch(given)))).toEqual(given.map(plain));
  });
});

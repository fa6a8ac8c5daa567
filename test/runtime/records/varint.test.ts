/** Varints as Kafka's ByteUtils writes them: sizes, bytes, and the way back. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecordCursor } from "../../../runtime/records/cursor.js";
import { readInt64, writeInt64 } from "../../../runtime/records/int64.js";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "../../../runtime/records/varint.js";

const int32 = fc.oneof(
  fc.integer(),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1),
);
const powers = fc.tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -2, max: 2 }), fc.constantFrom(1, -1));
const safe = fc.oneof(
  fc.maxSafeInteger(),
  int32,
  // Plus 0, for there is no -0 on the wire.
  powers.map(([power, off, sign]) => sign * Math.min(2 ** power + off, Number.MAX_SAFE_INTEGER) + 0),
);

describe("varints", () => {
  test("of 32 bits are what BigInt arithmetic says, and come back", () => {
    fc.assert(fc.property(int32, (value) => check(value, writeVarint, varintSize, (cursor) => cursor.varint("it"))));
  });

  test("of 64 bits are what BigInt arithmetic says, and come back", () => {
    fc.assert(
      fc.property(safe, (value) => check(value, writeVarlong, varlongSize, (cursor) => cursor.varlong("it"))),
      {
        numRuns: 2000,
      },
    );
  });

  test("may be longer than needed", () => {
    expect(cursorOver(0x82, 0x80, 0x80, 0x80, 0x00).varint("it")).toBe(1);
    expect(cursorOver(0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00).varlong("it")).toBe(1);
  });

  test("end at the limit", () => {
    expect(() => cursorOver().varint("it")).toThrow("it is cut off");
    expect(() => cursorOver(0x80).varint("it")).toThrow("it is cut off");
    expect(() => cursorOver(0x80, 0x80, 0x80, 0x80).varint("it")).toThrow("it is cut off");
    expect(() => cursorOver(0x80, 0x80, 0x80, 0x80, 0x80).varlong("it")).toThrow("it is cut off");
  });

  test("beyond the safe integers are refused, not rounded", () => {
    for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 56n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(() => cursorOver(...zigzag(value)).varlong("it")).toThrow("not an integer within");
    }
  });
});

describe("longs", () => {
  test("come back, and are big-endian", () => {
    fc.assert(
      fc.property(safe, (value) => {
        const buffer = Buffer.alloc(10, 0xee);
        writeInt64(buffer, 1, value);
        expect(buffer.readBigInt64BE(1)).toBe(BigInt(value));
        expect(readInt64(buffer, 1, "it", { position: 0 })).toBe(value);
        expect([buffer[0], buffer[9]]).toEqual([0xee, 0xee]);
      }),
    );
  });

  test.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)])("of %s are refused with their value", (value) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64BE(value);
    expect(() => readInt64(buffer, 0, "it", { position: 0 })).toThrow(`it ${value} `);
  });
});

function check(
  value: number,
  write: (buffer: Buffer, position: number, value: number) => number,
  size: (value: number) => number,
  read: (cursor: RecordCursor) => number,
): void {
  const expected = zigzag(BigInt(value));
  const buffer = Buffer.alloc(14, 0xee);
  expect(write(buffer, 1, value)).toBe(1 + expected.length);
  expect([...buffer.subarray(0, 2 + expected.length)]).toEqual([0xee, ...expected, 0xee]);
  expect(size(value)).toBe(expected.length);
  const cursor = cursorOver(...expected, 0x55);
  expect(read(cursor)).toBe(value);
  expect(cursor.position).toBe(expected.length);
}

/** The definition, by BigInt. */
function zigzag(value: bigint): number[] {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function cursorOver(...bytes: number[]): RecordCursor {
  return new RecordCursor(Buffer.from(bytes), 0, bytes.length, {});
}

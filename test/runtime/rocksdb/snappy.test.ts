/** Unpacking Snappy: the format's elements, and what is none. */
import { describe, expect, it } from "vitest";
import { unpackSnappy } from "../../../runtime/rocksdb/snappy.js";

const packed = (...parts: (number[] | string)[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

describe("unpacking", () => {
  it.each([
    ["nothing", packed([0]), ""],
    ["a literal", packed([5, 4 << 2], "hello"), "hello"],
    ["a copy with a distance of 11 bits", packed([8, 3 << 2], "abcd", [1, 4]), "abcdabcd"],
    ["a copy with 2 bytes of distance", packed([6, 3 << 2], "abcd", [2 | (1 << 2), 4, 0]), "abcdab"],
    ["a copy with 4 bytes of distance", packed([6, 3 << 2], "abcd", [3 | (1 << 2), 3, 0, 0, 0]), "abcdbc"],
    ["a copy that repeats itself", packed([9, 0], "a", [2 | (7 << 2), 1, 0]), "aaaaaaaaa"],
    ["a long literal", packed([0xac, 0x02, 61 << 2, 0x2b, 0x01], "x".repeat(300)), "x".repeat(300)],
    ["a literal with 1 byte of length", packed([70, 60 << 2, 69], "y".repeat(70)), "y".repeat(70)],
  ])("%s", (_, bytes, text) => {
    expect(unpackSnappy(bytes).toString()).toBe(text);
  });

  it("a copy from far back", () => {
    const literal = Buffer.alloc(600, "z").fill("A", 0, 4);
    // 600 - 4 back with 11 bits: 596 = 2 << 8 | 84.
    const bytes = packed([0xdc, 0x04, 61 << 2, 0x57, 0x02], [...literal], [1 | (2 << 5), 88]);
    expect(unpackSnappy(bytes).toString()).toBe(`${literal}AAAA`);
  });

  it.each([
    ["no length", packed([])],
    ["a length without an end", packed([0xff, 0xff])],
    ["a literal beyond its end", packed([5, 4 << 2], "hell")],
    ["more than it says", packed([4, 4 << 2], "hello")],
    ["less than it says", packed([6, 4 << 2], "hello")],
    ["a copy of more than it says", packed([7, 3 << 2], "abcd", [1, 4])],
    ["a copy from before the beginning", packed([8, 3 << 2], "abcd", [1, 5])],
    ["a copy from nowhere", packed([8, 3 << 2], "abcd", [1, 0])],
    ["a size that no block has", packed([0xff, 0xff, 0xff, 0xff, 0x0f])],
  ])("refuses %s", (_, bytes) => {
    expect(() => unpackSnappy(bytes)).toThrow(expect.objectContaining({ name: "MalformedBytesError" }));
  });
});

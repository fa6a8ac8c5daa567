/** Partitions of keys, against what Kafka's Java client computed. */
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { murmur2, partitionFor } from "../../../runtime/records/index.js";
import { keys } from "./vectors.js";

describe("a key's partition", () => {
  test("is the one of Kafka's Java client", () => {
    const computed = keys.map(({ key, partitions }) =>
      Object.keys(partitions).map((count) => partitionFor(key, Number(count))),
    );
    expect(computed).toEqual(keys.map(({ partitions }) => Object.values(partitions)));
  });

  test("comes from the same hash", () => {
    expect(keys.map(({ key }) => murmur2(key))).toEqual(keys.map((one) => one.murmur2));
  });

  test("is covered by keys of all small lengths and of negative hashes", () => {
    const lengths = new Set(keys.map(({ key }) => key.length));
    expect([...Array(21).keys()].filter((length) => !lengths.has(length))).toEqual([]);
    expect(keys.some((one) => one.murmur2 < 0)).toBe(true);
  });

  test("is the same for a view into a larger buffer", () => {
    const around = Buffer.from("xx-conversation-xx");
    expect(partitionFor(around.subarray(3, 15), 12)).toBe(partitionFor(Buffer.from("conversation"), 12));
  });

  test.each([0, -1, 1.5, Number.NaN])("needs a number of partitions, not %d", (partitions) => {
    expect(() => partitionFor(Buffer.from("key"), partitions)).toThrow(RangeError);
  });
});

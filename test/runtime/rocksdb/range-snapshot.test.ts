/** A range as it was at one moment, read while others write. */
import { describe, expect, it } from "vitest";
import type { Entry, RangeSnapshot } from "../../../runtime/rocksdb/index.js";
import { contentOf, fill, keyOf, newDatabase } from "./support/databases.js";

const END = Buffer.from("l");
const PAGE_BYTES = 200;

async function all(snapshot: RangeSnapshot, from: Buffer, to: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of snapshot.entries(from, to, PAGE_BYTES)) entries.push(...page);
  return entries;
}

describe("a snapshot of a range", () => {
  it("gives parts of it in any order, each from its first key up to its end", async () => {
    const database = await newDatabase();
    await fill(database, 50);
    const snapshot = database.snapshot(keyOf(0), END);
    for (const [from, to] of [
      [40, 45],
      [0, 50],
      [3, 4],
      [10, 10],
    ] as const) {
      const expected = Array.from({ length: to - from }, (_, index) => ({
        key: keyOf(from + index),
        value: contentOf(from + index),
      }));
      expect(await all(snapshot, keyOf(from), to === 50 ? END : keyOf(to))).toEqual(expected);
    }
    await snapshot.end();
  });

  it("knows nothing of what was written, removed, or merged into other files since", async () => {
    const database = await newDatabase();
    await fill(database, 50);
    const before = await all(database.snapshot(keyOf(0), END), keyOf(0), END);
    const snapshot = database.snapshot(keyOf(0), END);
    const found: Entry[] = [];
    for await (const page of snapshot.entries(keyOf(0), END, PAGE_BYTES)) {
      found.push(...page);
      await database.write((batch) => {
        for (let one = 0; one < 50; one++) batch.put(keyOf(one), Buffer.alloc(100_000, found.length));
        batch.delete(keyOf(49));
      });
    }
    expect(found).toEqual(before);
    await snapshot.end();
  });

  it("is ended with its database, and gives nothing after that", async () => {
    const database = await newDatabase();
    await fill(database, 50);
    const snapshot = database.snapshot(keyOf(0), END);
    const reading = snapshot.entries(keyOf(0), END, PAGE_BYTES);
    expect((await reading.next()).done).toBe(false);
    await database.close();
    await expect(reading.next()).rejects.toThrow("is closed");
    await snapshot.end();
    expect(() => database.snapshot(keyOf(0), END)).toThrow("is closed");
  });

  it("that was ended gives nothing, and may be ended again", async () => {
    const database = await newDatabase();
    await fill(database, 5);
    const snapshot = database.snapshot(keyOf(0), END);
    await snapshot.end();
    await snapshot.end();
    await expect(all(snapshot, keyOf(0), END)).rejects.toThrow("the snapshot was ended");
  });
});

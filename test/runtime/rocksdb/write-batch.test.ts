/** The write batch: counts, sizes, and bytes of any kind. */
import { describe, expect, it } from "vitest";
import { asBuffer } from "../../../runtime/rocksdb/index.js";
import { newDatabase } from "./support/databases.js";

describe("a write batch", () => {
  it("knows how many operations it holds, and what they take about", async () => {
    const database = await newDatabase();
    const seen: { count: number; sizeBytes: number }[] = [];
    await database.write((batch) => {
      seen.push({ count: batch.count, sizeBytes: batch.sizeBytes });
      batch.put(Buffer.alloc(10), Buffer.alloc(100));
      seen.push({ count: batch.count, sizeBytes: batch.sizeBytes });
      batch.delete(Buffer.alloc(10));
      seen.push({ count: batch.count, sizeBytes: batch.sizeBytes });
    });
    expect(seen).toEqual([
      { count: 0, sizeBytes: 0 },
      { count: 1, sizeBytes: 118 },
      { count: 2, sizeBytes: 136 },
    ]);
  });

  it("is empty again for the next write", async () => {
    const database = await newDatabase();
    await database.write((batch) => batch.put(Buffer.of(1), Buffer.of(1)));
    await database.write((batch) => expect(batch).toMatchObject({ count: 0, sizeBytes: 0 }));
    await expect(
      database.write((batch) => {
        batch.put(Buffer.of(2), Buffer.of(2));
        batch.clear();
        expect(batch).toMatchObject({ count: 0, sizeBytes: 0 });
      }),
    ).resolves.toBe(0);
    expect(await database.get(Buffer.of(2))).toBeUndefined();
  });

  it("writes what a Uint8Array views, and not its text", async () => {
    const database = await newDatabase();
    const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
    await database.write((batch) => batch.put(bytes, bytes));
    expect(await database.get(Buffer.of(1, 2, 3))).toEqual(Buffer.of(1, 2, 3));
    await database.write((batch) => batch.delete(bytes));
    expect(await database.get(Buffer.of(1, 2, 3))).toBeUndefined();
  });
});

describe("a view on bytes as a Buffer", () => {
  it("shares the memory, and a Buffer is itself", () => {
    const bytes = new Uint8Array([0, 1, 2]);
    const buffer = asBuffer(bytes.subarray(1));
    bytes[2] = 7;
    expect(buffer).toEqual(Buffer.of(1, 7));
    expect(asBuffer(buffer)).toBe(buffer);
  });
});

/** Reading the log: bounds, pages, from memory and from disk, by time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EmbeddedStorage } from "../../../../runtime/embedded/index.js";
import { openStorage, temporaryFolder } from "../support/folders.js";
import { propertyRuns } from "../support/property-runs.js";
import { readAll } from "../support/workload.js";

const RUNS = Number(process.env.LOG_RUNS ?? 15);
const record = (value: string | Buffer, timestamp = 1) => ({
  topic: "events",
  partition: 0,
  timestamp,
  key: Buffer.from("key"),
  value: Buffer.from(value),
  headers: [],
});
const append = (storage: EmbeddedStorage, ...values: string[]) =>
  storage.committer.commit({ outputs: values.map((value) => record(value)) });
const values = (slice: { readonly records: readonly { readonly value: Uint8Array | null }[] }) =>
  slice.records.map(({ value }) => String(value));

describe.each([
  ["memory", {}],
  ["disk", { tailCacheBytes: 0 }],
] as const)("read from %s", (from, options) => {
  it("gives the records from an offset on, also from amid a batch", async () => {
    const storage = await openStorage(await temporaryFolder(), options);
    await append(storage, "a", "b", "c");
    await append(storage, "d");
    expect(await storage.log.read("events", 0, 0)).toMatchObject({ nextOffset: 4, from });
    for (const [offset, expected] of [["a", "b", "c", "d"], ["b", "c", "d"], ["c", "d"], ["d"]].entries())
      expect(values(await storage.log.read("events", 0, offset))).toEqual(expected);
  });

  it("ends with the batch that reaches the bound, and goes on after it", async () => {
    const storage = await openStorage(await temporaryFolder(), options);
    for (const value of ["a", "b", "c"]) await append(storage, value.repeat(300));
    const first = await storage.log.read("events", 0, 0, 400);
    expect(first).toMatchObject({ nextOffset: 2, from });
    expect(await storage.log.read("events", 0, first.nextOffset, 1)).toMatchObject({ nextOffset: 3, from });
  });

  it("at the end gives nothing, and out of range says what there is", async () => {
    const storage = await openStorage(await temporaryFolder(), options);
    await append(storage, "a", "b");
    expect(await storage.log.read("events", 0, 2)).toMatchObject({ records: [], nextOffset: 2 });
    expect(await storage.log.read("events", 1, 0)).toMatchObject({ records: [], nextOffset: 0 });
    for (const offset of [-1, 3, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(storage.log.read("events", 0, offset)).rejects.toMatchObject({
        name: "OffsetOutOfRangeError",
        topic: "events",
        partition: 0,
        offset,
        startOffset: 0,
        endOffset: 2,
      });
    }
    await expect(storage.log.read("nowhere", 0, 0)).rejects.toMatchObject({ name: "UnknownPartitionError" });
    await expect(storage.log.read("events", 3, 0)).rejects.toMatchObject({ name: "UnknownPartitionError" });
  });

  it("splits what is too large for one batch", async () => {
    const storage = await openStorage(await temporaryFolder(), options);
    const large = Array.from({ length: 5 }, (_, index) => String(index).repeat(400_000));
    await append(storage, ...large);
    const slice = await storage.log.read("events", 0, 0, 1);
    expect(slice.nextOffset).toBeLessThan(5);
    expect((await readAll(storage, "events", 0)).map(({ value }) => String(value))).toEqual(large);
  });
});

describe("the cache of the newest batches", () => {
  it("keeps to its bound, and what it has dropped is read from disk", async () => {
    const tailCacheBytes = 20_000;
    const storage = await openStorage(await temporaryFolder(), { tailCacheBytes });
    for (let index = 0; index < 100; index++) {
      await append(storage, String(index).padEnd(1_000, "."));
      expect(storage.log.cachedBytes).toBeLessThanOrEqual(tailCacheBytes);
    }
    expect(storage.log.cachedBytes).toBeGreaterThan(tailCacheBytes / 2);
    expect((await storage.log.read("events", 0, 95)).from).toBe("memory");
    expect((await storage.log.read("events", 0, 5)).from).toBe("disk");
    const all = await readAll(storage, "events", 0);
    expect(all.map(({ value }) => Number.parseInt(String(value), 10))).toEqual(all.map((_, index) => index));
  });

  it("keeps nothing of a batch that is larger than the bound", async () => {
    const storage = await openStorage(await temporaryFolder(), { tailCacheBytes: 1_000 });
    await append(storage, "small");
    await append(storage, "x".repeat(2_000));
    expect(storage.log.cachedBytes).toBe(0);
    expect((await readAll(storage, "events", 0)).length).toBe(2);
  });
});

describe("offsetForTimestamp", () => {
  it("is that of the first record that is not older, whatever the order of the timestamps", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
        fc.boolean(),
        async (batches, isReopened) => {
          const folder = await temporaryFolder();
          let storage = await openStorage(folder, { tailCacheBytes: 0 });
          // Large enough for several entries in the time index.
          const padding = Buffer.alloc(30_000);
          for (const batch of batches)
            await storage.committer.commit({ outputs: batch.map((timestamp) => record(padding, timestamp)) });
          if (isReopened) {
            await storage.close();
            storage = await openStorage(folder);
          }
          const timestamps = batches.flat();
          for (let wanted = -1; wanted <= 52; wanted += 3) {
            const index = timestamps.findIndex((timestamp) => timestamp >= wanted);
            expect(await storage.log.offsetForTimestamp("events", 0, wanted)).toBe(index === -1 ? null : index);
          }
          await storage.close();
        },
      ),
      propertyRuns(RUNS),
    );
  });
});

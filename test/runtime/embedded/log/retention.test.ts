/** Retention of topics with cleanup "delete": by age and size, whole batches, never ahead of a reader. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EmbeddedStorage, TopicSettings } from "../../../../runtime/embedded/index.js";
import { openStorage, temporaryFolder } from "../support/folders.js";
import { propertyRuns } from "../support/property-runs.js";
import { readAll } from "../support/workload.js";

const RUNS = Number(process.env.LOG_RUNS ?? 15);
const NOW = 1_000_000;

async function opened(topic: Partial<TopicSettings>, folder?: string): Promise<EmbeddedStorage> {
  const topics = [{ name: "events", partitions: 1, cleanup: "delete" as const, ...topic }];
  return openStorage(folder ?? (await temporaryFolder()), { topics, now: () => NOW, tailCacheBytes: 0 });
}

async function append(storage: EmbeddedStorage, ...timestamps: number[]): Promise<void> {
  const outputs = timestamps.map((timestamp) => ({
    topic: "events",
    timestamp,
    key: Buffer.from("k"),
    value: Buffer.alloc(100),
    headers: [],
  }));
  await storage.committer.commit({ outputs });
}

async function clean(storage: EmbeddedStorage): Promise<void> {
  while (await storage.maintenance.step());
}

const bounds = (storage: EmbeddedStorage) => [storage.log.startOffset("events", 0), storage.log.endOffset("events", 0)];

describe("retention", () => {
  it("by age removes whole batches whose latest record is too old, from the oldest on", async () => {
    const storage = await opened({ retentionMs: 1_000 });
    await append(storage, NOW - 5_000, NOW - 2_000);
    await append(storage, NOW - 3_000, NOW - 500);
    await append(storage, NOW - 9_000);
    await clean(storage);
    expect(bounds(storage)).toEqual([2, 5]);
    await expect(storage.log.read("events", 0, 1)).rejects.toMatchObject({
      name: "OffsetOutOfRangeError",
      startOffset: 2,
    });
  });

  it("by size removes what the partition can do without", async () => {
    const storage = await opened({ retentionBytes: 500 });
    for (let index = 0; index < 10; index++) await append(storage, NOW);
    await clean(storage);
    const [info] = storage.log.partitions();
    expect(info?.sizeBytes).toBeGreaterThanOrEqual(500);
    expect(info?.sizeBytes).toBeLessThan(700);
    expect(info?.endOffset).toBe(10);
  });

  it("may remove everything: the next record has the next offset, also after a start", async () => {
    const folder = await temporaryFolder();
    const storage = await opened({ retentionMs: 1 }, folder);
    await append(storage, 1, 2, 3);
    await clean(storage);
    expect(bounds(storage)).toEqual([3, 3]);
    await storage.close();
    const again = await opened({ retentionMs: 1 }, folder);
    expect(bounds(again)).toEqual([3, 3]);
    await append(again, NOW);
    expect(await readAll(again, "events", 0)).toMatchObject([{ offset: 3 }]);
    expect(await again.log.offsetForTimestamp("events", 0, 1)).toBe(3);
  });

  it("waits for the readers of the topic", async () => {
    const storage = await opened({ retentionMs: 1, readers: ["normalise", "timeline"] });
    await append(storage, 1);
    await append(storage, 2);
    await append(storage, 3);
    const pass = (subTopology: string, offset: number) =>
      storage.committer.commit({
        positions: { subTopology, partition: 0, positions: [{ topic: "events", partition: 0, offset }] },
      });
    await pass("normalise", 3);
    await clean(storage);
    expect(bounds(storage)).toEqual([0, 3]);
    await pass("timeline", 2);
    await clean(storage);
    expect(bounds(storage)).toEqual([2, 3]);
  });

  it("never gives a record without a timestamp an age", async () => {
    const storage = await opened({ retentionMs: 1 });
    await append(storage, -1);
    await clean(storage);
    expect(bounds(storage)).toEqual([0, 1]);
  });

  it("leaves exactly the batches from the first that must stay, and their offsets", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 1, maxLength: 5 }), { maxLength: 15 }),
        async (ages) => {
          const storage = await opened({ retentionMs: 1_000 });
          for (const batch of ages) await append(storage, ...batch.map((age) => NOW - age));
          await clean(storage);
          const stays = ages.findIndex((batch) => Math.min(...batch) <= 1_000);
          const removed = (stays === -1 ? ages : ages.slice(0, stays)).flat().length;
          const left = ages.flat().slice(removed);
          expect(bounds(storage)).toEqual([removed, ages.flat().length]);
          expect((await readAll(storage, "events", 0)).map(({ offset, timestamp }) => [offset, timestamp])).toEqual(
            left.map((age, index) => [removed + index, NOW - age]),
          );
          await storage.close();
        },
      ),
      propertyRuns(RUNS),
    );
  });
});

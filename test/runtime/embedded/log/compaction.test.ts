/** Compaction: the last record of each key stays where it was; readers go on over what is gone. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompactionSettings, EmbeddedStorage } from "../../../../runtime/embedded/index.js";
import { openStorage, temporaryFolder } from "../support/folders.js";
import { propertyRuns } from "../support/property-runs.js";
import { readAll } from "../support/workload.js";

const RUNS = Number(process.env.LOG_RUNS ?? 25);
const TOMBSTONE_MS = 1_000;

interface Written {
  readonly key: string;
  readonly value: string | null;
}

class Clock {
  ms = 1_000_000;
}

async function opened(
  folder: string,
  clock = new Clock(),
  compaction: Partial<CompactionSettings> = {},
): Promise<EmbeddedStorage> {
  return openStorage(folder, {
    topics: [{ name: "latest", partitions: 1, cleanup: "compact", retentionMs: 1, retentionBytes: 1 }],
    compaction: { minDirtyRatio: 0, tombstoneRetentionMs: TOMBSTONE_MS, ...compaction },
    now: () => clock.ms,
    tailCacheBytes: 0,
  });
}

async function append(storage: EmbeddedStorage, records: readonly Written[]): Promise<void> {
  if (records.length === 0) return;
  const outputs = records.map(({ key, value }) => ({
    topic: "latest",
    timestamp: 1,
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: [{ key: "h", value: Buffer.from(key) }],
  }));
  await storage.committer.commit({ outputs });
}

async function clean(storage: EmbeddedStorage): Promise<void> {
  while (await storage.maintenance.step());
}

async function contents(storage: EmbeddedStorage) {
  return (await readAll(storage, "latest", 0)).map(({ offset, key, value }) => ({
    offset,
    key: String(key),
    value: value === null ? null : String(value),
  }));
}

/** The last record of each key, with its offset. */
function lastOfEach(written: readonly Written[]) {
  const last = new Map(written.map(({ key }, offset) => [key, offset]));
  return written.map((record, offset) => ({ offset, ...record })).filter(({ key, offset }) => last.get(key) === offset);
}

const put = (key: string, value: string) => ({ key, value });
const batchesOf = (values: fc.Arbitrary<string | null>) =>
  fc.array(
    fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), value: values }), {
      minLength: 1,
      maxLength: 5,
    }),
    {
      maxLength: 15,
    },
  );

describe("compaction", () => {
  it("keeps the last record of each key with its offset, whatever is written, cleaned and opened in which order", async () => {
    const steps = fc.array(
      fc.oneof(
        {
          weight: 5,
          arbitrary: fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", "d"), value: fc.string() }), {
            maxLength: 5,
          }),
        },
        { weight: 2, arbitrary: fc.constant("clean" as const) },
        { weight: 2, arbitrary: fc.constant("step" as const) },
        { weight: 1, arbitrary: fc.constant("reopen" as const) },
      ),
      { maxLength: 25 },
    );
    // One key's worth: every pass is as short as it can be.
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(1, 200, 1_000_000), async (all, maxKeyBytes) => {
        const folder = await temporaryFolder();
        const clock = new Clock();
        let storage = await opened(folder, clock, { maxKeyBytes });
        const written: Written[] = [];
        for (const step of all) {
          if (step === "clean") await clean(storage);
          else if (step === "step") await storage.maintenance.step();
          else if (step === "reopen") {
            await storage.close();
            storage = await opened(folder, clock, { maxKeyBytes });
          } else {
            await append(storage, step);
            written.push(...step);
          }
          const survivors = await contents(storage);
          expect(survivors).toEqual(expect.arrayContaining(lastOfEach(written)));
          for (const { offset, ...record } of survivors) expect(record).toEqual(written[offset]);
        }
        await clean(storage);
        expect(await contents(storage)).toEqual(lastOfEach(written));
        const [info] = storage.log.partitions();
        expect(info).toMatchObject({ startOffset: 0, endOffset: written.length });
        await storage.close();
      }),
      propertyRuns(RUNS),
    );
  });

  it("lets a reader begin at any offset that ever was, and finds the next record there is", async () => {
    await fc.assert(
      fc.asyncProperty(batchesOf(fc.string()), async (batches) => {
        const storage = await opened(await temporaryFolder());
        for (const batch of batches) {
          await append(storage, batch);
          await clean(storage);
        }
        const left = lastOfEach(batches.flat()).map(({ offset }) => offset);
        for (let from = 0; from < batches.flat().length; from++) {
          const { records, nextOffset } = await storage.log.read("latest", 0, from);
          expect(records.map(({ offset }) => offset)).toEqual(left.filter((offset) => offset >= from));
          expect(nextOffset).toBe(batches.flat().length);
        }
        await storage.close();
      }),
      propertyRuns(RUNS),
    );
  });

  it("keeps timestamps and headers, and never cuts by age or size", async () => {
    const storage = await opened(await temporaryFolder());
    await append(storage, [put("a", "1"), put("b", "1"), put("a", "2")]);
    await clean(storage);
    expect(await readAll(storage, "latest", 0)).toMatchObject([
      { offset: 1, timestamp: 1, headers: [{ key: "h", value: Buffer.from("b") }] },
      { offset: 2, timestamp: 1, headers: [{ key: "h", value: Buffer.from("a") }] },
    ]);
  });

  it("keeps a tombstone for its time, counted from when it was cleaned, then drops it", async () => {
    const clock = new Clock();
    const storage = await opened(await temporaryFolder(), clock);
    await append(storage, [put("a", "1"), put("b", "1")]);
    await append(storage, [{ key: "a", value: null }]);
    await clean(storage);
    const tombstone = { offset: 2, key: "a", value: null };
    expect(await contents(storage)).toEqual([{ offset: 1, key: "b", value: "1" }, tombstone]);
    clock.ms += TOMBSTONE_MS - 1;
    await clean(storage);
    expect(await contents(storage)).toContainEqual(tombstone);
    clock.ms += 1;
    await clean(storage);
    expect(await contents(storage)).toEqual([{ offset: 1, key: "b", value: "1" }]);
    await append(storage, [put("a", "3")]);
    expect(await contents(storage)).toContainEqual({ offset: 3, key: "a", value: "3" });
  });

  it("drops expired tombstones and nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(batchesOf(fc.option(fc.string(), { freq: 3 })), async (batches) => {
        const clock = new Clock();
        const storage = await opened(await temporaryFolder(), clock);
        for (const batch of batches) await append(storage, batch);
        await clean(storage);
        expect(await contents(storage)).toEqual(lastOfEach(batches.flat()));
        clock.ms += 2 * TOMBSTONE_MS;
        await clean(storage);
        expect(await contents(storage)).toEqual(lastOfEach(batches.flat()).filter(({ value }) => value !== null));
        await storage.close();
      }),
      propertyRuns(RUNS),
    );
  });

  it("stores what it has emptied as one gap, however much that was", async () => {
    const storage = await opened(await temporaryFolder());
    for (let index = 0; index < 50; index++) await append(storage, [put("a", String(index).repeat(100))]);
    await clean(storage);
    expect(await contents(storage)).toHaveLength(1);
    // One batch of one record, and one gap.
    expect(storage.log.partitions()[0]?.sizeBytes).toBeLessThan(400);
  });

  it("begins only when enough is new, and comes to rest", async () => {
    const storage = await opened(await temporaryFolder(), new Clock(), { minDirtyRatio: 0.5 });
    await append(
      storage,
      Array.from({ length: 100 }, (_, index) => put(`key-${index}`, "1")),
    );
    await clean(storage);
    await append(storage, [put("key-1", "2")]);
    expect(await storage.maintenance.step()).toBe(false);
    await append(
      storage,
      Array.from({ length: 100 }, (_, index) => put(`key-${index}`, "3")),
    );
    expect(await storage.maintenance.step()).toBe(true);
    await clean(storage);
    expect(await contents(storage)).toHaveLength(100);
  });
});

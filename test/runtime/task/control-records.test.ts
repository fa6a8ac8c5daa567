/** How a task executes control records: page by page, between checkpoints, before the next record. */
import { describe, expect, it } from "vitest";
import { encodeText } from "../../../runtime/task/index.js";
import { control, event, Scanned, seen } from "./scanned.js";

const KEYS = Array.from({ length: 600 }, (_, index) => `k${String(index).padStart(3, "0")}`);

/** Rows of all keys, durable. */
async function filled(): Promise<Scanned> {
  const scanned = await Scanned.open();
  scanned.store.apply(KEYS.map((key) => ({ key, value: encodeText("stored@0") })));
  return scanned;
}

describe("a control record for all rows", () => {
  it("is executed in steps; until it is done no other record is processed, and no further batch taken", async () => {
    const { task } = await filled();
    await task.process([event(0, "a", "before"), control(1), event(2, "a", "behind")]);
    expect(task.hasMore).toBe(true);
    await expect(task.process([event(3, "a", "next")])).rejects.toThrow("proceed()");
    await task.proceed();
    await task.proceed();
    expect(task.checkpoint().outcomes).toEqual(["nothing → before"]);
  });

  it("sees each row once: what is stored, what is handed over, and what has changed since", async () => {
    const scanned = await filled();
    await scanned.task.process([event(0, "k001", "handed over"), event(1, "new", "handed over")]);
    const first = scanned.handOver();
    await scanned.task.process([event(2, "k001", "changed"), event(3, "k300", "changed"), control(4)]);
    await scanned.task.proceed();
    // Committed in the middle: what comes from the store by now was seen already.
    scanned.committed(first);
    await scanned.toEnd();
    const rows = new Map([...KEYS, "new"].map((key) => [key, "stored@0"]));
    for (const key of ["k001", "k300"]) rows.set(key, "changed@0");
    rows.set("new", "handed over@0");
    expect(seen(scanned.commit()).toSorted()).toEqual([...rows].map(([key, row]) => `${key}=${row}`).toSorted());
  });

  it("keeps the positions before itself until it is done, over any number of checkpoints", async () => {
    const scanned = await filled();
    await scanned.task.process([event(0, "a", "x"), control(1), event(2, "b", "y")]);
    const positions: (number | undefined)[] = [];
    let rows = 0;
    while (scanned.task.hasMore) {
      await scanned.task.proceed();
      const checkpoint = scanned.commit();
      positions.push(checkpoint.positions[0]?.offset);
      rows += checkpoint.rowOutcomes.length;
    }
    const last = positions.at(-1);
    expect(last).toBe(3);
    expect(new Set(positions.slice(0, -2))).toEqual(new Set([1]));
    expect(rows).toBe(KEYS.length + 1);
  });

  it("is executed from its first row again by a task that is built anew", async () => {
    const scanned = await filled();
    await scanned.task.process([control(0)]);
    await scanned.task.proceed();
    await scanned.task.proceed();
    expect(scanned.commit().positions).toEqual([]);
    scanned.rebuild();
    await scanned.task.process([control(0)]);
    await scanned.toEnd();
    expect(scanned.commit()).toMatchObject({ positions: [{ offset: 1 }], records: 1 });
  });

  it("is dropped by discard, and whatever was behind it", async () => {
    const scanned = await filled();
    await scanned.task.process([control(0), event(1, "a", "behind")]);
    await scanned.task.proceed();
    scanned.task.discard();
    expect(scanned.task.hasMore).toBe(false);
    await scanned.task.process([event(0, "a", "anew")]);
    expect(scanned.task.checkpoint()).toMatchObject({ outcomes: ["nothing → anew"], rowOutcomes: [], outputs: [] });
  });

  it("has the same page read again after the store has failed", async () => {
    const scanned = await filled();
    await scanned.task.process([control(0)]);
    await scanned.task.proceed();
    scanned.store.failure = new Error("the disk is away");
    await expect(scanned.task.proceed()).rejects.toThrow("the disk is away");
    scanned.store.failure = null;
    await scanned.toEnd();
    expect(scanned.commit().rowOutcomes).toHaveLength(KEYS.length);
  });

  it("keeps in memory no more than a page of rows that nobody wanted", async () => {
    const scanned = await filled();
    await scanned.task.process([control(0, "control", "there is no such row")]);
    const steps = await scanned.toEnd();
    expect(steps).toBeGreaterThan(2);
    expect(scanned.task.buffered).toEqual({ records: 1, sizeBytes: 0 });
    expect(scanned.commit().outputs).toEqual([]);
  });

  it("counts what it has gathered, so that an engine can make a checkpoint of it", async () => {
    const scanned = await filled();
    await scanned.task.process([control(0)]);
    await scanned.task.proceed();
    await scanned.task.proceed();
    const { records, sizeBytes } = scanned.task.buffered;
    expect(records).toBeGreaterThan(0);
    expect(records).toBeLessThan(KEYS.length);
    expect(sizeBytes).toBeGreaterThan(records);
  });

  it("may follow another one, and be followed by records that see the rows before it", async () => {
    const scanned = await filled();
    await scanned.task.process([event(0, "a", "x"), control(1), event(2, "a", "y"), control(3), event(4, "a", "z")]);
    while (scanned.task.hasMore) {
      await scanned.task.proceed();
      if (scanned.task.buffered.records > 300) scanned.commit();
    }
    scanned.commit();
    expect(scanned.store.texts().a).toBe("z@0");
  });
});

describe("a control record for one row", () => {
  it("is executed at once, in its place in the batch, with the timestamp that it asks for", async () => {
    const scanned = await filled();
    await scanned.task.process([event(0, "a", "x"), control(1, "a"), event(2, "a", "y"), control(3, "nobody")]);
    expect(scanned.task.hasMore).toBe(false);
    const checkpoint = scanned.commit();
    expect(seen(checkpoint)).toEqual(["a=x@0"]);
    expect(checkpoint).toMatchObject({ records: 4, outputs: [{ timestamp: 7 }], rowOutcomes: ["saw a"] });
    expect(checkpoint.outcomes).toHaveLength(checkpoint.receivedAtMs.length);
  });
});

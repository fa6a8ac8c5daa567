/** Rows that expire: what follows from the time of the stream, and what the sweep takes away. */
import { describe, expect, it, vi } from "vitest";
import { encodeText, entriesCounter } from "../../../runtime/task/index.js";
import { control, event, FORGET_AFTER_MS, Scanned, seen } from "./scanned.js";

const ENTRIES = entriesCounter("rows");
const LATER = FORGET_AFTER_MS + 10;

const opened = () => Scanned.open({ expires: true });

describe("a row that has expired", () => {
  it("is as good as none from the record on whose time is past it, and not before", async () => {
    const { task } = await opened();
    await task.process([
      event(0, "k", "old", 5),
      event(1, "k", "read", FORGET_AFTER_MS + 5),
      event(2, "other", "x", FORGET_AFTER_MS + 6),
      event(3, "k", "new", 3),
    ]);
    const checkpoint = task.checkpoint();
    expect(checkpoint.outcomes).toEqual(["nothing → old", "old@5 → read", "nothing → x", "nothing → new"]);
    expect(checkpoint.rowOutcomes).toEqual(["forgot k: old@5"]);
    expect(checkpoint.counters).toMatchObject({ [ENTRIES]: 2, old: 0 });
  });

  it("is removed with a tombstone when nobody writes it anew", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "old", 0)]);
    scanned.commit();
    await scanned.task.process([event(1, "other", "x", LATER)]);
    scanned.commit();
    await scanned.task.process([event(2, "other", "y", LATER)]);
    expect(scanned.task.checkpoint().rows.get("rows")).toContainEqual({ key: "k", value: null });
  });

  it("that is written anew in the same checkpoint is one row, its last", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "old", 0), event(1, "other", "x", LATER)]);
    scanned.commit();
    await scanned.task.process([event(2, "k", "y", LATER)]);
    const checkpoint = scanned.commit();
    expect(checkpoint.rows.get("rows")?.map(({ key }) => key)).toEqual(["k"]);
    expect(checkpoint.counters).toMatchObject({ [ENTRIES]: 2, old: 0 });
    expect(scanned.store.texts()).toEqual({ k: `y@${LATER}`, other: `x@${LATER}` });
  });

  it("is not seen by a control record, of all rows or of its own", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "old", 0), event(1, "other", "x", LATER), control(2), control(3, "k")]);
    await scanned.toEnd();
    expect(seen(scanned.task.checkpoint())).toEqual([`other=x@${LATER}`]);
  });

  it("is gone for the records behind, while its removal is handed over and when it is committed", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "old", 0), event(1, "other", "x", LATER), event(2, "k", "read", 1)]);
    const removed = scanned.handOver();
    await scanned.task.process([event(3, "k", "read", 1)]);
    scanned.committed(removed);
    await scanned.task.process([event(4, "k", "read", 1)]);
    const { outcomes, rowOutcomes, counters } = scanned.commit();
    expect(outcomes).toEqual(["nothing → read", "nothing → read"]);
    expect(rowOutcomes).toEqual([]);
    expect(counters[ENTRIES]).toBe(1);
  });
});

describe("the time of the stream", () => {
  it("is that of records that were processed: none that was refused, and no control record, moves it", async () => {
    const { task } = await opened();
    const late = 10 * LATER;
    await task.process([
      event(0, "k", "old", 0),
      event(1, "other", "refuse", late),
      { ...control(2, "other"), timestamp: late },
      event(3, "k", "read", 0),
    ]);
    expect(task.checkpoint()).toMatchObject({ rowOutcomes: [], counters: { "stream-time": 0 } });
  });

  it("goes on from the last checkpoint, and back to it when something is discarded", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "old", 0), event(1, "other", "x", LATER)]);
    scanned.commit();
    await scanned.task.process([event(2, "other", "x", 50 * LATER)]);
    scanned.task.discard();
    expect(scanned.commit().counters["stream-time"]).toBe(LATER);
    scanned.rebuild();
    await scanned.task.process([event(2, "k", "read", 0)]);
    expect(scanned.commit().rowOutcomes).toEqual(["forgot k: old@0"]);
  });

  it("is kept nowhere when no rows expire", async () => {
    const scanned = await Scanned.open();
    await scanned.task.process([event(0, "k", "old", 5)]);
    expect(scanned.task.checkpoint().counters).not.toHaveProperty("stream-time");
  });
});

describe("the sweep", () => {
  it("gives back the room of rows that nobody asks for, a bit with each batch", async () => {
    const scanned = await opened();
    const old = Array.from({ length: 1_000 }, (_, index) => ({ key: `k${index}`, value: encodeText("old@0") }));
    scanned.store.apply(old);
    const sizes: number[] = [];
    for (let offset = 0; offset < 40; offset++) {
      await scanned.task.process([event(offset, "x", "x", LATER)]);
      scanned.commit();
      sizes.push(scanned.store.size);
    }
    expect(sizes.at(-1)).toBe(1);
    const taken = sizes.map((size, index) => (sizes[index - 1] ?? 1_001) - size);
    expect(Math.max(...taken)).toBeLessThanOrEqual(64);
  });

  it("is faster than rows can come", async () => {
    const scanned = await opened();
    let largest = 0;
    for (let round = 0; round < 200; round++) {
      const at = round * 10;
      await scanned.task.process(
        Array.from({ length: 100 }, (_, n) => event(100 * round + n, `${round}-${n}`, "old", at)),
      );
      scanned.commit();
      largest = Math.max(largest, scanned.store.size);
    }
    // Ten rounds are young.
    expect(largest).toBeLessThan(4_000);
  });

  it("leaves alone what was written while it was reading", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "old", 0), event(1, "other", "x", LATER)]);
    scanned.commit();
    // Anew, handed over, and committed while the page is being read as it was before.
    await scanned.task.process([event(2, "k", "old", 3 * LATER)]);
    const anew = scanned.handOver();
    const { pages } = scanned.store;
    let goOn = () => {};
    scanned.store.held = new Promise((resolve) => {
      goOn = resolve;
    });
    const processed = scanned.task.process([event(3, "other", "x", 3 * LATER)]);
    await vi.waitUntil(() => scanned.store.pages > pages);
    scanned.committed(anew);
    goOn();
    await processed;
    scanned.commit();
    expect(scanned.store.texts().k).toBe(`old@${3 * LATER}`);
    expect(scanned.store.pages).toBe(pages + 1);
  });

  it("does not begin again before the stream has gone on", async () => {
    const scanned = await opened();
    await scanned.task.process([event(0, "k", "x", LATER)]);
    await scanned.task.process([event(1, "k", "x", LATER)]);
    const pages = scanned.store.pages;
    for (let offset = 2; offset < 10; offset++) await scanned.task.process([event(offset, "k", "x", LATER + 1)]);
    expect(scanned.store.pages).toBe(pages);
  });
});

/** A task's running counts: its rows, and what its processors count; they go with the checkpoint or not at all. */
import { describe, expect, it } from "vitest";
import { LruRowCache } from "../../../runtime/stores/row-cache.js";
import { entriesCounter, Task } from "../../../runtime/task/index.js";
import { append, commit, openSample, raw, type Sample, type SampleProcessors } from "./sample.js";

const ROWS = entriesCounter("rows");
const MORE_ROWS = entriesCounter("more-rows");
const KEY = (text: string) => ({ key: Buffer.from(text) });

/** Counts "+n" and "-n" under "balance". */
const balance: SampleProcessors["reader"] = ({ value }, context) => {
  context.count("balance", Number(Buffer.from(value).toString()));
  return "counted";
};

function taskWith({ subTopology, codecs, rows, moreRows }: Sample, counters: Readonly<Record<string, number>>) {
  const stores = new Map([
    ["rows", rows],
    ["more-rows", moreRows],
  ]);
  return new Task({ subTopology, codecs, stores, counters, now: () => 0 });
}

describe("the entries of a store", () => {
  it("are the keys that have a row: a row that changes is none more", async () => {
    const sample = await openSample({ reader: append });
    await sample.task.process([raw(0, "a", KEY("k")), raw(1, "b", KEY("k")), raw(2, "c", KEY("l"))]);
    expect(commit(sample).counters).toEqual({ [ROWS]: 2, [MORE_ROWS]: 0 });
    await sample.task.process([raw(3, "d", KEY("k")), raw(4, "e", KEY("m"))]);
    expect(commit(sample).counters).toEqual({ [ROWS]: 3, [MORE_ROWS]: 0 });
  });

  it("are counted once over several batches of one checkpoint", async () => {
    const sample = await openSample({ reader: append });
    await sample.task.process([raw(0, "a", KEY("k"))]);
    await sample.task.process([raw(1, "b", KEY("k"))]);
    expect(commit(sample).counters).toMatchObject({ [ROWS]: 1 });
  });

  it("go on from the checkpoint before", async () => {
    const sample = await openSample({ reader: append });
    const task = taskWith(sample, { [ROWS]: 41, [MORE_ROWS]: 2 });
    await task.process([raw(0, "a", KEY("k"))]);
    expect(task.checkpoint().counters).toEqual({ [ROWS]: 42, [MORE_ROWS]: 2 });
  });

  it("of a cached row are none more either", async () => {
    const sample = await openSample({
      reader: ({ key }, context) => {
        context.store<object>("rows").put(key as never, { of: key });
        return "put";
      },
    });
    const { subTopology, codecs, rows, moreRows } = sample;
    const encode = { encode: () => Uint8Array.of(1), decode: () => ({}) };
    const stores = subTopology.stores.map((store) => ({ ...store, codec: encode }));
    const task = new Task({
      subTopology: { ...subTopology, stores },
      codecs,
      stores: new Map([
        ["rows", rows],
        ["more-rows", moreRows],
      ]),
      caches: new Map([["rows", new LruRowCache(1e6)]]),
      now: () => 0,
    });
    for (const offset of [0, 1]) {
      await task.process([raw(offset, "")]);
      expect(task.checkpoint().counters).toMatchObject({ [ROWS]: 1 });
      task.committed();
    }
    expect(rows.asked).toEqual([["k"]]);
  });
});

describe("what a processor counts", () => {
  it("adds up over records and checkpoints, down as well as up", async () => {
    const sample = await openSample({ reader: balance });
    await sample.task.process([raw(0, "2"), raw(1, "3"), raw(2, "-1")]);
    expect(commit(sample).counters).toMatchObject({ balance: 4 });
    await sample.task.process([raw(3, "-4")]);
    expect(commit(sample).counters).toMatchObject({ balance: 0 });
  });

  it("goes on from the checkpoint before, and stays without anything new", async () => {
    const task = taskWith(await openSample({ reader: balance }), { balance: 10 });
    expect(task.checkpoint().counters).toMatchObject({ balance: 10 });
    task.committed();
    await task.process([raw(0, "1")]);
    expect(task.checkpoint().counters).toMatchObject({ balance: 11 });
  });
});

describe("a discarded checkpoint", () => {
  const both: SampleProcessors["reader"] = (record, context) => {
    context.count("balance", 1);
    return append(record, context);
  };

  it("is not counted, and its records are counted when they come again", async () => {
    const sample = await openSample({ reader: both });
    await sample.task.process([raw(0, "a", KEY("k"))]);
    commit(sample);
    await sample.task.process([raw(1, "b", KEY("k")), raw(2, "c", KEY("l"))]);
    expect(sample.task.checkpoint().counters).toMatchObject({ balance: 3, [ROWS]: 2 });
    sample.task.discard();
    await sample.task.process([raw(1, "b", KEY("k")), raw(2, "c", KEY("l"))]);
    expect(commit(sample).counters).toMatchObject({ balance: 3, [ROWS]: 2 });
  });

  it("leaves the counts of the one before", async () => {
    const sample = await openSample({ reader: both });
    await sample.task.process([raw(0, "a", KEY("k"))]);
    commit(sample);
    await sample.task.process([raw(1, "b", KEY("l"))]);
    sample.task.discard();
    expect(sample.task.checkpoint().counters).toMatchObject({ balance: 1, [ROWS]: 1 });
  });

  it("that failed half-way through a record is not counted", async () => {
    let fails = true;
    const sample = await openSample({
      reader: (record, context) => {
        const outcome = both(record, context);
        if (fails) throw new Error("half-way");
        return outcome;
      },
    });
    await expect(sample.task.process([raw(0, "a", KEY("k"))])).rejects.toThrow("half-way");
    sample.task.discard();
    fails = false;
    await sample.task.process([raw(0, "a", KEY("k"))]);
    expect(commit(sample).counters).toMatchObject({ balance: 1, [ROWS]: 1 });
  });
});

/** What a task gathers, hands over at a checkpoint, and is left with after a failure. */
import { describe, expect, it, vi } from "vitest";
import { decodeText, encodeText, Task } from "../../../runtime/task/index.js";
import { contract, SchemaRegistryError } from "../../../schemas/index.js";
import { consumed } from "./records.js";
import { append, commit, framed, openSample, raw, rowTexts, texts } from "./sample.js";

const NOTHING = {
  records: 0,
  outputs: [],
  rows: new Map([
    ["rows", []],
    ["more-rows", []],
  ]),
  positions: [],
  outcomes: [],
  receivedAtMs: [],
  rowOutcomes: [],
  counters: { "rows.entries": 0, "more-rows.entries": 0 },
};

describe("a checkpoint", () => {
  it("hands over outputs, rows, positions and outcomes of all batches since the last one", async () => {
    const { task } = await openSample({ reader: append });
    await task.process([raw(0, "a"), raw(1, "b")]);
    await task.process([raw(2, "c", { key: encodeText("l") })]);
    const checkpoint = task.checkpoint();
    expect(checkpoint.records).toBe(3);
    expect(texts(checkpoint.outputs)).toEqual(["a", "ab", "c"]);
    expect(rowTexts(checkpoint)).toEqual([
      ["k", "ab"],
      ["l", "c"],
    ]);
    expect(checkpoint.positions).toEqual([{ topic: "raw", partition: 0, offset: 3 }]);
    expect(checkpoint.outcomes).toEqual(['was ""', 'was "a"', 'was ""']);
  });

  it("is of nothing when nothing was processed", async () => {
    const { task } = await openSample();
    expect(task.checkpoint()).toEqual(NOTHING);
  });

  it("holds the last row of each key, once, and none that was only read", async () => {
    const sample = await openSample({
      reader: (record, context) =>
        record.offset === 3 ? String(context.store("rows").get("l" as never)) : append(record, context),
    });
    await sample.task.process([raw(0, "a"), raw(1, "b"), raw(2, "c"), raw(3, "", { key: encodeText("l") })]);
    expect(rowTexts(sample.task.checkpoint())).toEqual([["k", "abc"]]);
  });

  it("keeps the rows of each store apart", async () => {
    const { task } = await openSample({
      reader: (_, context) => {
        context.store<string>("rows").put("k" as never, "one");
        context.store<string>("more-rows").put("k" as never, "other");
        return "read";
      },
    });
    await task.process([raw(0, "")]);
    const checkpoint = task.checkpoint();
    expect(rowTexts(checkpoint, "rows")).toEqual([["k", "one"]]);
    expect(rowTexts(checkpoint, "more-rows")).toEqual([["k", "other"]]);
  });

  it("names the offset after the last record of each source, also of those that stood still since the last one", async () => {
    const sample = await openSample();
    await sample.task.process([raw(7, "", { partition: 2 }), framed(sample, 40), raw(9, "", { partition: 2 })]);
    commit(sample);
    await sample.task.process([framed(sample, 41)]);
    expect(sample.task.checkpoint().positions).toEqual([
      { topic: "raw", partition: 2, offset: 10 },
      { topic: "events", partition: 0, offset: 42 },
    ]);
  });

  it("begins anew once it is committed, and what was handed over stays as it was", async () => {
    const sample = await openSample({ reader: append });
    await sample.task.process([raw(0, "a")]);
    const first = commit(sample);
    await sample.task.process([raw(1, "b")]);
    const second = sample.task.checkpoint();
    expect([first.records, texts(first.outputs), first.outcomes, rowTexts(first), first.positions]).toEqual([
      1,
      ["a"],
      ['was ""'],
      [["k", "a"]],
      [{ topic: "raw", partition: 0, offset: 1 }],
    ]);
    expect([second.records, texts(second.outputs), second.outcomes, rowTexts(second)]).toEqual([
      1,
      ["ab"],
      ['was "a"'],
      [["k", "ab"]],
    ]);
  });

  it("is all that leaves a task: stores are only read", async () => {
    const { task, rows } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    task.checkpoint();
    task.committed();
    expect(rows.size).toBe(0);
  });

  it("is measured while it gathers, in records and in bytes of outputs", async () => {
    const sample = await openSample({ reader: append });
    expect(sample.task.buffered).toEqual({ records: 0, sizeBytes: 0 });
    await sample.task.process([raw(0, "x")]);
    const short = sample.task.buffered;
    await sample.task.process([raw(1, "y".repeat(99))]);
    const both = sample.task.buffered;
    expect([short.records, both.records]).toEqual([1, 2]);
    expect(short.sizeBytes).toBeGreaterThan(0);
    expect(both.sizeBytes - 2 * short.sizeBytes).toBe(99);
    commit(sample);
    expect(sample.task.buffered).toEqual({ records: 0, sizeBytes: 0 });
  });
});

describe("rows", () => {
  it("are loaded with one call per store and batch, each key once", async () => {
    const { task, rows, moreRows } = await openSample();
    const other = { key: encodeText("l") };
    await task.process([raw(0, ""), raw(1, "", other), raw(2, ""), raw(3, "", { key: null })]);
    expect(rows.asked).toEqual([["k", "l"]]);
    expect(moreRows.asked).toEqual([["k", "l"]]);
  });

  it("that changed since the last checkpoint are not loaded again, and go on as they are", async () => {
    const { task, rows } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    await task.process([raw(1, "b"), raw(2, "c", { key: encodeText("l") })]);
    await task.process([raw(3, "d")]);
    expect(rows.asked).toEqual([["k"], ["l"]]);
    expect(texts(task.checkpoint().outputs)).toEqual(["a", "ab", "c", "abd"]);
  });

  it("are undefined when there are none", async () => {
    const { task } = await openSample({ reader: (_, context) => String(context.store("rows").get("k" as never)) });
    await task.process([raw(0, "")]);
    expect(task.checkpoint().outcomes).toEqual(["undefined"]);
  });

  it("that were committed are those that the next batch finds", async () => {
    const sample = await openSample({ reader: append });
    await sample.task.process([raw(0, "a")]);
    commit(sample);
    expect(sample.rows.texts()).toEqual({ k: "a" });
    await sample.task.process([raw(1, "b")]);
    expect(texts(sample.task.checkpoint().outputs)).toEqual(["ab"]);
  });
});

describe("discarding", () => {
  it("drops outputs, rows, positions and outcomes, and reads the rows anew", async () => {
    const sample = await openSample({ reader: append });
    sample.rows.apply([{ key: "k", value: encodeText("old ") }]);
    await sample.task.process([raw(5, "lost")]);
    sample.task.discard();
    expect(sample.task.buffered).toEqual({ records: 0, sizeBytes: 0 });
    expect(sample.task.checkpoint()).toEqual(NOTHING);
    sample.task.committed();

    sample.rows.apply([{ key: "k", value: encodeText("restored ") }]);
    await sample.task.process([raw(5, "again")]);
    const checkpoint = sample.task.checkpoint();
    expect(texts(checkpoint.outputs)).toEqual(["restored again"]);
    expect(rowTexts(checkpoint)).toEqual([["k", "restored again"]]);
  });

  it("drops a checkpoint that was handed over and could not be made durable", async () => {
    const sample = await openSample({ reader: append });
    await sample.task.process([raw(0, "a")]);
    sample.task.checkpoint();
    sample.task.discard();
    expect(() => sample.task.committed()).toThrow("no checkpoint is under way");
    await sample.task.process([raw(0, "a")]);
    const again = sample.task.checkpoint();
    expect([texts(again.outputs), rowTexts(again), again.records]).toEqual([["a"], [["k", "a"]], 1]);
  });

  it("drops positions of checkpoints that were committed, too: the engine says where to go on", async () => {
    const sample = await openSample();
    await sample.task.process([raw(0, ""), framed(sample, 0)]);
    commit(sample);
    sample.task.discard();
    await sample.task.process([raw(1, "")]);
    expect(sample.task.checkpoint().positions).toEqual([{ topic: "raw", partition: 0, offset: 2 }]);
  });
});

describe("a failure in the middle of a batch", () => {
  async function failedHalfWay() {
    const sample = await openSample({
      reader: (record, context) => {
        const said = append(record, context);
        if (decodeText(record.value) === "bad") throw new Error("a defect of the processor");
        return said;
      },
    });
    await expect(sample.task.process([raw(0, "good"), raw(1, "bad")])).rejects.toThrow("a defect of the processor");
    return sample;
  }

  it("leaves nothing that could be committed until it is discarded", async () => {
    const { task } = await failedHalfWay();
    const half = "a record failed half-way: call discard() first";
    expect(() => task.checkpoint()).toThrow(half);
    await expect(task.process([raw(2, "good")])).rejects.toThrow(half);
    expect(() => task.committed()).toThrow("no checkpoint is under way");
  });

  it("leaves nothing behind once it is discarded", async () => {
    const sample = await failedHalfWay();
    sample.task.discard();
    await sample.task.process([raw(0, "good")]);
    const { records, outputs, outcomes, positions } = sample.task.checkpoint();
    expect([records, texts(outputs), outcomes]).toEqual([1, ["good"], ['was ""']]);
    expect(positions).toEqual([{ topic: "raw", partition: 0, offset: 1 }]);
  });
});

describe("the phases of a task", () => {
  it("begin with no checkpoint under way", async () => {
    const { task } = await openSample();
    expect(() => task.committed()).toThrow("no checkpoint is under way");
    task.discard();
    expect(task.checkpoint().records).toBe(0);
  });

  it("let nothing else happen while a batch is processed", async () => {
    const { task, rows } = await openSample({ reader: append });
    let release = () => {};
    rows.held = new Promise((resolve) => {
      release = resolve;
    });
    const processed = task.process([raw(0, "a")]);
    const busy = "a batch is being processed: wait for process() first";
    await expect(task.process([raw(1, "b")])).rejects.toThrow(busy);
    expect(() => task.checkpoint()).toThrow(busy);
    expect(() => task.discard()).toThrow(busy);
    expect(() => task.committed()).toThrow("no checkpoint is under way");
    release();
    await processed;
    expect(texts(task.checkpoint().outputs)).toEqual(["a"]);
  });

  it("let one checkpoint be under way", async () => {
    const { task } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    task.checkpoint();
    const underWay = "a checkpoint is under way: call committed() or discard() first";
    expect(() => task.checkpoint()).toThrow(underWay);
    task.committed();
    expect(() => task.committed()).toThrow("no checkpoint is under way");
    await task.process([raw(1, "b")]);
    expect(task.checkpoint().records).toBe(1);
  });
});

describe("processing while a checkpoint is under way", () => {
  it("E12: builds on the rows that were handed over, and is of the next checkpoint", async () => {
    const { task, rows } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    const first = task.checkpoint();
    await task.process([raw(1, "b")]);
    rows.apply(first.rows.get("rows") ?? []);
    task.committed();
    await task.process([raw(2, "c")]);
    const second = task.checkpoint();
    expect(rowTexts(first)).toEqual([["k", "a"]]);
    expect(texts(second.outputs)).toEqual(["ab", "abc"]);
    expect(rowTexts(second)).toEqual([["k", "abc"]]);
    expect([first.counters["rows.entries"], second.counters["rows.entries"]]).toEqual([1, 1]);
    expect(second.positions).toEqual([{ topic: "raw", partition: 0, offset: 3 }]);
  });

  it("E12: knows the handed-over rows also when they are committed while other rows are read", async () => {
    const { task, rows } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    const first = task.checkpoint();
    let release = () => {};
    rows.held = new Promise((resolve) => {
      release = resolve;
    });
    const processed = task.process([raw(1, "b"), raw(2, "x", { key: encodeText("l") })]);
    await vi.waitFor(() => expect(rows.asked.flat()).toContain("l"));
    task.committed();
    release();
    await processed;
    expect(rowTexts(first)).toEqual([["k", "a"]]);
    expect(rowTexts(task.checkpoint())).toEqual([
      ["k", "ab"],
      ["l", "x"],
    ]);
  });

  it("is dropped with the checkpoint, when that is discarded", async () => {
    const { task } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    task.checkpoint();
    await task.process([raw(1, "b")]);
    task.discard();
    expect(task.checkpoint()).toEqual(NOTHING);
    task.committed();
    await task.process([raw(0, "z")]);
    expect(rowTexts(task.checkpoint())).toEqual([["k", "z"]]);
  });
});

describe("a failure before anything has gathered", () => {
  it("of the store leaves what gathered earlier, and the batch may be tried again", async () => {
    const { task, rows } = await openSample({ reader: append });
    await task.process([raw(0, "a")]);
    rows.failure = new Error("the disk is gone");
    await expect(task.process([raw(1, "b", { key: encodeText("l") })])).rejects.toThrow("the disk is gone");
    expect(task.buffered.records).toBe(1);
    rows.failure = null;
    await task.process([raw(1, "b", { key: encodeText("l") })]);
    const { outputs, positions } = task.checkpoint();
    expect(texts(outputs)).toEqual(["a", "b"]);
    expect(positions).toEqual([{ topic: "raw", partition: 0, offset: 2 }]);
  });

  it("of the schema registry leaves what gathered earlier, and the batch may be tried again", async () => {
    const sample = await openSample();
    const { task, registry } = sample;
    const otherId = registry.add(`${contract("ConversationEvent").schema}\n`);
    await task.process([framed(sample, 0)]);
    registry.outOfReach = true;
    const batch = [framed(sample, 1), framed(sample, 2, otherId)];
    await expect(task.process(batch)).rejects.toThrow(SchemaRegistryError);
    expect(task.buffered.records).toBe(1);
    registry.outOfReach = false;
    await task.process(batch);
    expect(task.checkpoint()).toMatchObject({
      records: 3,
      outcomes: ["decided", "decided", "decided"],
      positions: [{ offset: 3 }],
    });
  });

  it("of a damaged row leaves nothing of the batch", async () => {
    const { task, rows } = await openSample({ reader: append });
    rows.apply([{ key: "k", value: Uint8Array.of(0xff) }]);
    await expect(task.process([raw(0, "a")])).rejects.toThrow("a damaged row");
    expect(task.checkpoint()).toEqual(NOTHING);
  });

  it("of a record of another topic names it, and leaves nothing of the batch", async () => {
    const { task } = await openSample();
    const stray = consumed({ topic: "stray", offset: 0 });
    await expect(task.process([raw(0, "a"), stray])).rejects.toThrow('topic "stray" is no source of "sample"');
    expect(task.checkpoint()).toEqual(NOTHING);
  });
});

describe("a task that lacks something", () => {
  it("is not made: it names the topic without a codec, the store, the missing dead letters", async () => {
    const { subTopology, codecs, rows, moreRows } = await openSample();
    const stores = new Map([
      ["rows", rows],
      ["more-rows", moreRows],
    ]);
    const whole = { subTopology, codecs, stores, now: () => 0 };
    expect(new Task(whole).buffered.records).toBe(0);
    const fewerCodecs = new Map([...codecs].filter(([topic]) => topic !== "events-copy"));
    expect(() => new Task({ ...whole, codecs: fewerCodecs })).toThrow('no codec for topic "events-copy"');
    expect(() => new Task({ ...whole, stores: new Map([["rows", rows]]) })).toThrow('no store "more-rows"');
    const nodes = subTopology.nodes.filter(({ kind }) => kind !== "dead-letters");
    expect(() => new Task({ ...whole, subTopology: { ...subTopology, nodes } })).toThrow(
      'sub-topology "sample" has no dead-letters node',
    );
  });
});

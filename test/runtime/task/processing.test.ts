/** What a task gives its processors, and what they may do. */
import { describe, expect, it } from "vitest";
import { type ProcessorContext, refusal, type StreamRecord } from "../../../processors/index.js";
import { encodeText, Task } from "../../../runtime/task/index.js";
import { header } from "./records.js";
import { EVENT, framed, openSample, raw, texts } from "./sample.js";

describe("a processor", () => {
  it("is given the record decoded, with where it lay", async () => {
    const seen: StreamRecord<unknown>[] = [];
    const sample = await openSample({
      decider: (record) => {
        seen.push(record);
        return "decided";
      },
    });
    const headers = [header("twice", "first"), header("twice", "last"), header("none", null)];
    const bad = { key: "bad", value: Uint8Array.of(0xff) };
    await sample.task.process([{ ...framed(sample, 12), partition: 3, timestamp: 99, headers: [...headers, bad] }]);
    expect(seen).toEqual([
      {
        topic: "events",
        partition: 3,
        offset: 12,
        timestamp: 99,
        key: "k",
        value: expect.objectContaining(EVENT),
        headers: { twice: "last", none: "", bad: "" },
      },
    ]);
  });

  it("is given the records of its own source only, in the order of the batch", async () => {
    const seen: string[] = [];
    const sample = await openSample({
      decider: ({ offset }) => `${seen.push(`decider ${offset}`)}`,
      reader: ({ offset }) => `${seen.push(`reader ${offset}`)}`,
    });
    await sample.task.process([raw(5, ""), framed(sample, 1), raw(6, "")]);
    expect(seen).toEqual(["reader 5", "decider 1", "reader 6"]);
  });

  it("is one of several that are given the same records", async () => {
    const { subTopology, codecs, rows, moreRows } = await openSample();
    const watcher = {
      kind: "processor",
      name: "watcher",
      parents: ["raw-source", "events-source"],
      input: "bytes",
      processor: { process: () => "watched" },
    } as const;
    const task = new Task({
      subTopology: { ...subTopology, nodes: [...subTopology.nodes, watcher] },
      codecs,
      stores: new Map([
        ["rows", rows],
        ["more-rows", moreRows],
      ]),
      now: () => 0,
    });
    await task.process([raw(0, "")]);
    expect(task.checkpoint()).toMatchObject({ records: 1, outcomes: ["read", "watched"] });
  });

  it("of bytes is given a missing key and value as they are: null, and no bytes", async () => {
    const seen: unknown[] = [];
    const { task } = await openSample({ reader: ({ key, value }) => `${seen.push(key, value)}` });
    await task.process([raw(0, "", { key: null, value: null })]);
    expect(seen).toEqual([null, new Uint8Array()]);
  });

  it("forwards to another, which sees the place and timestamp of the input, and headers unless others are given", async () => {
    const seen: StreamRecord<Uint8Array>[] = [];
    const sample = await openSample({
      reader: ({ key, value }, context) => {
        context.forward("follower", { key, value });
        context.forward("follower", { key: "other", value: encodeText("w"), headers: { own: "2" } });
        return "read";
      },
      follower: (record, context) => {
        seen.push(record);
        context.forward("output-sink", { key: record.key, value: record.value });
        return "followed";
      },
    });
    await sample.task.process([raw(8, "v", { partition: 1, timestamp: 77, headers: [header("kept", "1")] })]);
    const place = { topic: "raw", partition: 1, offset: 8, timestamp: 77 };
    expect(seen).toEqual([
      { ...place, key: "k", value: encodeText("v"), headers: { kept: "1" } },
      { ...place, key: "other", value: encodeText("w"), headers: { own: "2" } },
    ]);
    const { outputs, outcomes, records } = sample.task.checkpoint();
    expect(texts(outputs)).toEqual(["v", "w"]);
    expect(outputs.map(({ key }) => key)).toEqual([encodeText("k"), encodeText("other")]);
    expect(outcomes.toSorted()).toEqual(["followed", "followed", "read"]);
    expect(records).toBe(1);
  });

  it("refuses a record, which goes to the dead letters and counts as processed", async () => {
    const { task } = await openSample({
      follower: (_, context) => {
        context.refuse(refusal("BAD_VALUE", "a.b", "expected something else"));
        return "refused it";
      },
      reader: ({ key }, context) => {
        context.forward("follower", { key, value: encodeText("changed on the way") });
        return "read";
      },
    });
    await task.process([raw(4, "as received")]);
    const { outputs, positions, outcomes } = task.checkpoint();
    expect(outputs.map(({ topic }) => topic)).toEqual(["refused"]);
    expect(texts(outputs)).toEqual(["as received"]);
    expect(positions).toEqual([{ topic: "raw", partition: 0, offset: 5 }]);
    expect(outcomes.toSorted()).toEqual(["read", "refused it"]);
  });

  /** What a processor may not do, by what is said of it. */
  const forbidden: readonly (readonly [string, (context: ProcessorContext) => void])[] = [
    [
      'processor "reader" forwards to "copy-sink", which is no child of it',
      (context) => context.forward("copy-sink", { key: null, value: EVENT }),
    ],
    [
      'processor "reader" forwards to "decider", which is no child of it',
      (context) => context.forward("decider", { key: null, value: EVENT }),
    ],
    [
      'processor "reader" forwards to "refused-sink", which is no child of it',
      (context) => context.forward("refused-sink", { key: null, value: new Uint8Array() }),
    ],
    [
      'processor "reader" forwards to "nowhere", which is no child of it',
      (context) => context.forward("nowhere", { key: null, value: new Uint8Array() }),
    ],
    [
      'processor "reader" asks for store "nothing", which is not one of its stores',
      (context) => context.store("nothing"),
    ],
    [
      'store "rows": the row of another key than the record\'s was asked for',
      (context) => context.store("rows").get("another" as never),
    ],
  ];

  it.each(forbidden)("fails its record: %s", async (message, act) => {
    const { task } = await openSample({
      reader: (_, context) => {
        act(context);
        return "read";
      },
    });
    await expect(task.process([raw(0, "")])).rejects.toThrow(message);
    expect(() => task.checkpoint()).toThrow("call discard() first");
  });

  it("fails its record when it asks for the store of another processor", async () => {
    const sample = await openSample({ decider: (_, context) => String(context.store("more-rows")) });
    await expect(sample.task.process([framed(sample, 0)])).rejects.toThrow(
      'processor "decider" asks for store "more-rows", which is not one of its stores',
    );
  });
});

describe("an output", () => {
  it("has the key, headers and bytes that were forwarded, and the timestamp of its input", async () => {
    const { task } = await openSample({
      reader: (_, context) => {
        context.forward("output-sink", { key: "ключ", value: encodeText("v"), headers: { a: "1", b: "é" } });
        context.forward("output-sink", { key: null, value: encodeText("w") });
        return "read";
      },
    });
    await task.process([raw(0, "", { timestamp: 1_234, headers: [header("own", "stays behind")] })]);
    expect(task.checkpoint().outputs).toEqual([
      {
        topic: "output",
        timestamp: 1_234,
        key: encodeText("ключ"),
        value: encodeText("v"),
        headers: [header("a", "1"), header("b", "é")],
      },
      { topic: "output", timestamp: 1_234, key: null, value: encodeText("w"), headers: [] },
    ]);
  });

  it("of a contract is framed with the schema's id", async () => {
    const sample = await openSample({
      decider: ({ value, key }, context) => {
        context.forward("copy-sink", { key, value: { ...value, eventId: "another" } });
        return "decided";
      },
    });
    await sample.task.process([framed(sample, 0)]);
    const [output] = sample.task.checkpoint().outputs;
    expect(output?.topic).toBe("events-copy");
    expect(sample.events.decode(output?.value ?? new Uint8Array())).toMatchObject({ ...EVENT, eventId: "another" });
  });

  it("of a topic of bytes must be bytes", async () => {
    const { task } = await openSample({
      reader: (_, context) => {
        context.forward("output-sink", { key: null, value: "text" });
        return "read";
      },
    });
    await expect(task.process([raw(0, "")])).rejects.toThrow('sink "output-sink" takes bytes');
  });
});

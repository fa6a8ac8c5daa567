/** Where a consumer begins: with what is committed, or rewound; and that a gap is an error with a name. */
import { expect, it } from "vitest";
import {
  consumeAssignments,
  MissingTopicError,
  memoryStore,
  RetentionGapError,
  TopicChangedError,
} from "../../consumer/index.js";
import { Deadline, deleteTopics } from "../../runtime/kafka/wire/index.js";
import { deleteRecords } from "../runtime/kafka/wire/reader/support/delete-records.js";
import { clusterFor, createTopic, settled } from "../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, uniqueTopic } from "../support/kafka/index.js";
import { assignment } from "./support/assignments.js";
import { ConsumerBed, database, offsets } from "./support/consuming.js";

describeWithKafka("where a consumer begins", { kafka: "shared", independentClient: true }, (servers) => {
  const bed = new ConsumerBed(servers);
  /** Offset n holds conversation c<n> at revision n + 1, at second n + 1. */
  const records = (count: number) => Array.from({ length: count }, (_, n) => assignment(`c${n}`, n + 1));

  async function filled(count = 6): Promise<string> {
    const topic = await bed.topic();
    await bed.write(topic, records(count));
    return topic;
  }

  it("without a committed offset begins at the beginning, and later goes on where the group stands", async () => {
    const topic = await filled(3);
    const groupId = uniqueTopic("group");
    const first = await bed.consume({ topic, groupId });
    await first.until("three are applied", () => first.changes.length === 3);
    await first.consumer.stop();
    expect(await bed.committed(groupId)).toEqual({ 0: 3 });

    await bed.write(topic, [assignment("c9", 1)]);
    const second = await bed.consume({ topic, groupId });
    await second.until("one is applied", () => second.changes.length === 1);
    expect(offsets(second)).toEqual([3]);
    expect(second.changes[0]?.record).toMatchObject({ key: "kustomer:t:c9", topic, partition: 0, republished: false });
  });

  it.each([
    ["beginning", "beginning" as const, 0],
    ["an offset", { offset: 4 }, 4],
    ["an offset of a partition", { offset: { 0: 2 } }, 2],
    ["the end", { offset: 6 }, 6],
    ["a time", { timestamp: new Date(3_000) }, 2],
    ["a time between two", { timestamp: 3_001 }, 3],
    ["a time after the last", { timestamp: 1_000_000 }, 6],
  ])("is rewound to %s, and the group with it", async (_name, from, expected) => {
    const topic = await filled();
    const groupId = uniqueTopic("group");
    const before = await bed.consume({ topic, groupId });
    await before.until("all are applied", () => before.changes.length === 6);
    await before.consumer.stop();

    const again = await bed.consume({ topic, groupId, from });
    await again.until("it has begun", () => again.consumer.progress().partitions.length === 1);
    // Also when nothing was read behind it yet, the group stands there.
    if (expected === 6) expect(await bed.committed(groupId)).toEqual({ 0: 6 });
    await again.until("the rest is read", () => again.changes.length === 6 - expected);
    expect(offsets(again)).toEqual([0, 1, 2, 3, 4, 5].slice(expected));
  });

  it("has a rewind recorded before anything is applied: the next start goes on from there", async () => {
    const topic = await filled();
    const groupId = uniqueTopic("group");
    const before = await bed.consume({ topic, groupId });
    await before.until("all are applied", () => before.changes.length === 6);
    await before.consumer.stop();

    const refuses = await bed.consume({
      topic,
      groupId,
      from: { offset: 1 },
      apply: () => Promise.reject(new Error("no")),
    });
    await refuses.failure();
    const next = await bed.consume({ topic, groupId, from: "committed" });
    await next.until("the rest is read", () => next.changes.length === 5);
    expect(offsets(next)).toEqual([1, 2, 3, 4, 5]);
  });

  it("does a rewind with an id once, however often it is started with it", async () => {
    const topic = await filled();
    const groupId = uniqueTopic("group");
    const rewind = { topic, groupId, from: { offset: 2 }, rewindId: "after the incident" };
    const first = await bed.consume(rewind);
    await first.until("the rest is read", () => first.changes.length === 4);
    await first.consumer.stop();
    await bed.write(topic, [assignment("c9", 1)]);

    const second = await bed.consume(rewind);
    await second.until("the new one is read", () => second.changes.length > 0);
    expect(offsets(second)).toEqual([6]);
    await second.consumer.stop();

    const other = await bed.consume({ ...rewind, rewindId: "another" });
    await other.until("the rest is read", () => other.changes.length === 5);
    expect(offsets(other)).toEqual([2, 3, 4, 5, 6]);
  });

  it("with a store in memory reads everything again at each start", async () => {
    const topic = await filled(3);
    const groupId = uniqueTopic("group");
    for (let start = 0; start < 2; start++) {
      const store = memoryStore();
      const started = await bed.consume({ topic, groupId, from: "beginning", store });
      await started.until("all are applied", () => store.states.size === 3);
      await started.consumer.stop();
    }
  });

  it("names the gap when the committed offset has expired, and goes on only where it is told to", async () => {
    const topic = await filled();
    const groupId = uniqueTopic("group");
    const store = database();
    const first = await bed.consume({
      topic,
      groupId,
      store,
      from: { offset: { 0: 0 } },
      bounds: { maxBatchRecords: 1 },
      apply: ({ record }) => stopAt(record.offset, 1),
    });
    await first.failure();
    expect(await bed.committed(groupId)).toEqual({ 0: 1 });
    await deleteRecords(clusterFor(servers.kafka.bootstrap), { topic, partition: 0 }, 4);

    const second = await bed.consume({ topic, groupId, store });
    const error = await second.failure();
    expect(error).toBeInstanceOf(RetentionGapError);
    expect(error).toMatchObject({ topic, partition: 0, wantedOffset: 1, firstOffset: 4 });
    expect(error.message).toContain(`${topic}-0: offset 1 is wanted, and the first one there is 4`);
    expect(await bed.committed(groupId)).toEqual({ 0: 1 });

    const third = await bed.consume({ topic, groupId, store, from: { offset: { 0: 4 } } });
    await third.until("the rest is read", () => third.changes.length === 2);
    await third.consumer.stop();
    const fourth = await bed.consume({ topic, groupId: uniqueTopic("group"), from: "beginning" });
    await fourth.until("what is left is read", () => fourth.changes.length === 2);
    expect(offsets(fourth)).toEqual([4, 5]);
  });

  it("names the gap when records expire before they are read while it runs", async () => {
    const topic = await filled(1);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let began = false;
    const apply = () => {
      began = true;
      return held;
    };
    // With more than one batch at hand nothing of a partition is fetched while one of it is.
    const slow = await bed.consume({ topic, apply, bounds: { maxConcurrentBatches: 2 } });
    await slow.until("the first is at hand", () => began);
    await bed.write(topic, records(6));
    await deleteRecords(clusterFor(servers.kafka.bootstrap), { topic, partition: 0 }, 5);
    release();
    const error = await slow.failure();
    expect(error).toBeInstanceOf(RetentionGapError);
    expect(error).toMatchObject({ wantedOffset: 1, firstOffset: 5 });
    expect(offsets(slow)).toEqual([0]);
  });

  it("refuses an offset that is not there", async () => {
    const topic = await filled();
    await deleteRecords(clusterFor(servers.kafka.bootstrap), { topic, partition: 0 }, 2);
    const early = await bed.consume({ topic, from: { offset: 0 } });
    expect(await early.failure()).toMatchObject({ wantedOffset: 0, firstOffset: 2 });
    const late = await bed.consume({ topic, from: { offset: 7 } });
    const error = await late.failure();
    expect(error).toBeInstanceOf(TopicChangedError);
    expect(error.message).toContain(`${topic}-0 at offset 7: the log ends at 6`);
    const nowhere = settled(consumeAssignments(bed.options({ topic, from: { offset: { 1: 0 } } })));
    await expect(nowhere).resolves.toMatchObject({
      option: "from",
      message: expect.stringContaining("has 1 partitions"),
    });
  });

  it("names a topic that is not there, and does not make it", async () => {
    const topic = uniqueTopic("nowhere");
    const error = await settled(consumeAssignments(bed.options({ topic })));
    expect(error).toBeInstanceOf(MissingTopicError);
    expect(error).toMatchObject({ topic });
    expect(await settled(consumeAssignments(bed.options({ topic })))).toBeInstanceOf(MissingTopicError);
  });

  it("names a topic that was deleted and made anew while it is read", async () => {
    const topic = await filled();
    const { bootstrap } = servers.kafka;
    const reading = await bed.consume({ topic });
    await reading.until("all are applied", () => reading.changes.length === 6);
    await deleteTopics(clusterFor(bootstrap), [topic], { deadline: new Deadline(10_000), channel: "test" });
    await createTopic(bootstrap, topic);
    const error = await reading.failure();
    expect(error).toBeInstanceOf(TopicChangedError);
    expect(error.message).toMatch(/the topic with id \S+ is gone/);
  });
});

async function stopAt(offset: number, last: number): Promise<void> {
  if (offset >= last) throw new Error(`stopped at ${offset}`);
}

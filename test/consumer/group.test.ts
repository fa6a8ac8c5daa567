/** A consumer as a member of its group, at its end, and at its bounds. */
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { ApplyError, consumeAssignments, StopTimeoutError, StoreError } from "../../consumer/index.js";
import type { QueueAssignment } from "../../schemas/index.js";
import { settled } from "../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, uniqueTopic } from "../support/kafka/index.js";
import { patient } from "../support/patience.js";
import { assignment, expectedTable, toWrite } from "./support/assignments.js";
import { ConsumerBed, type Consumption, database, offsets } from "./support/consuming.js";

describeWithKafka("a consumer in its group", { kafka: "shared", independentClient: true }, (servers) => {
  const bed = new ConsumerBed(servers);
  const partitionsOf = ({ consumer }: Consumption) => consumer.progress().partitions.map(({ partition }) => partition);

  it("shares the partitions with another and has them again when that one leaves; each record is applied once", async () => {
    const topic = await bed.topic(4);
    const groupId = uniqueTopic("group");
    const store = database();
    const written: QueueAssignment[] = [];
    let next = 1;
    const write = async () => {
      for (const partition of [0, 1, 2, 3]) {
        const record = assignment(`c${partition}`, next++);
        written.push(record);
        await bed.write(topic, [record], partition);
      }
    };
    await write();
    const apply = () => delay(5);
    const one = await bed.consume({ topic, groupId, store, apply });
    await one.until("it has all", () => one.changes.length === 4);

    const two = await bed.consume({ topic, groupId, store, apply });
    await write();
    await one.until("both have two", () => partitionsOf(one).length === 2 && partitionsOf(two).length === 2);
    await write();
    await two.until("everything is applied", () => one.changes.length + two.changes.length === 12);
    expect([...partitionsOf(one), ...partitionsOf(two)].sort()).toEqual([0, 1, 2, 3]);

    await two.consumer.stop();
    await write();
    await one.until("it has all again", () => partitionsOf(one).length === 4);
    await one.until("everything is applied", () => one.changes.length + two.changes.length === 16);
    // The batch at hand was finished and committed before partitions went: nothing came twice.
    expect([...one.skipped, ...two.skipped]).toEqual([]);
    expect(store.table).toEqual(expectedTable(written));
  });

  it("finishes what is at hand before its partitions go to another, and begins nothing behind it", async () => {
    const topic = await bed.topic(1);
    const groupId = uniqueTopic("group");
    await bed.write(topic, [assignment("a", 1), assignment("b", 1), assignment("c", 1)]);
    const running = new Set<string>();
    const together: number[] = [];
    const slowly = (name: string) => async () => {
      running.add(name);
      together.push(running.size);
      await delay(400);
      running.delete(name);
    };
    const store = database();
    const one = await bed.consume({ topic, groupId, store, apply: slowly("one") });
    await one.until("it is at the first", () => running.has("one"));
    const two = await bed.consume({ topic, groupId, store, apply: slowly("two") });
    await two.until("all are applied", () => one.changes.length + two.changes.length === 3);
    expect(Math.max(...together)).toBe(1);
    expect([...one.skipped, ...two.skipped]).toEqual([]);
  });

  it("commits nothing for a partition that it has lost, and tells apply", async () => {
    const topic = await bed.topic(2);
    const groupId = uniqueTopic("group");
    await bed.write(topic, [assignment("a", 1)], 0);
    await bed.write(topic, [assignment("b", 1)], 1);
    const aborted: number[] = [];
    let held = true;
    const store = database();
    const one = await bed.consume({
      topic,
      groupId,
      store,
      stopTimeoutMs: 100,
      bounds: { maxConcurrentBatches: 2 },
      apply: async ({ record }, { signal }) => {
        signal.addEventListener("abort", () => aborted.push(record.partition), { once: true });
        while (held && !signal.aborted) await delay(5);
      },
    });
    await one.until("it has both", () => partitionsOf(one).length === 2);
    const two = await bed.consume({ topic, groupId, store: database() });
    await two.until("the other has one", () => two.changes.length === 1);
    const lost = partitionsOf(two)[0] ?? -1;
    await one.until("apply has heard of it", () => aborted.includes(lost));
    await two.until("the other has committed it", async () => (await bed.committed(groupId))[lost] === 1);
    expect(aborted).toEqual([lost]);
    expect((await bed.committed(groupId))[1 - lost]).toBeUndefined();
    held = false;
    await one.until("the one that stayed is committed", async () => (await bed.committed(groupId))[1 - lost] === 1);
  });

  it("stops in the middle: what is at hand is finished and committed, nothing behind it is begun", async () => {
    const topic = await bed.topic();
    const groupId = uniqueTopic("group");
    await bed.write(
      topic,
      Array.from({ length: 50 }, (_, n) => assignment(`c${n}`, 1)),
    );
    const store = database();
    const ending = new AbortController();
    const one = await bed.consume({ topic, groupId, store, signal: ending.signal, apply: () => delay(5) });
    await one.until("it is in the middle", () => one.changes.length >= 5);
    ending.abort();
    await one.consumer.ended;
    expect(one.consumer.progress().state).toBe("stopped");
    expect(one.changes.length).toBeLessThan(50);
    expect(await bed.committed(groupId)).toEqual({ 0: one.changes.length });

    const two = await bed.consume({ topic, groupId, store });
    await two.until("the rest is applied", () => two.changes.length === 50 - one.changes.length);
    expect([...offsets(one), ...offsets(two)]).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it("names what does not end when it is to stop", async () => {
    const topic = await bed.topic();
    const groupId = uniqueTopic("group");
    await bed.write(topic, [assignment("a", 1)]);
    let [began, told] = [false, false];
    const hangs = await bed.consume({
      topic,
      groupId,
      stopTimeoutMs: 50,
      apply: (_, { signal }) =>
        new Promise((resolve) => {
          began = true;
          signal.addEventListener("abort", () => {
            told = true;
            setTimeout(resolve, 20);
          });
        }),
    });
    await hangs.until("it is at hand", () => began);
    const error = await settled(hangs.consumer.stop());
    expect(error).toBeInstanceOf(StopTimeoutError);
    expect(error).toMatchObject({ message: expect.stringContaining(`${topic}-0`) });
    expect(told).toBe(true);
    expect(await bed.committed(groupId)).toEqual({});
  });

  it.each([
    ["one at a time", "apply" as const, 2, "offset 2", { 0: 2 }],
    ["in batches", "applyBatch" as const, 0, "offsets 0 to 3", {}],
  ])("ends with the error of apply and its place; it comes again: %s", async (_name, form, first, words, committed) => {
    const topic = await bed.topic();
    const groupId = uniqueTopic("group");
    await bed.write(
      topic,
      Array.from({ length: 4 }, (_, n) => assignment(`c${n}`, 1)),
    );
    const store = database();
    const cause = new Error("the disk is full");
    const effect =
      form === "apply"
        ? {
            apply: ({ record }: { record: { offset: number } }) =>
              record.offset === 2 ? Promise.reject(cause) : undefined,
          }
        : { applyBatch: () => Promise.reject(cause) };
    const failing = await bed.consume({ topic, groupId, store, ...effect });
    const error = await failing.failure();
    expect(error).toBeInstanceOf(ApplyError);
    expect(error).toMatchObject({ topic, partition: 0, firstOffset: first, cause });
    expect(error.message).toBe(`applying ${topic}-0, ${words}: the disk is full`);
    expect(failing.consumer.progress().state).toBe("failed");
    expect(await bed.committed(groupId)).toEqual(committed);
    expect(store.table.size).toBe(first);

    const again = await bed.consume({ topic, groupId, store });
    await again.until("the rest is applied", () => again.changes.length === 4 - first);
    expect(offsets(again)[0]).toBe(first);
  });

  it("ends with an error of the store, of onSkipped, and of onProgress", async () => {
    const topic = await bed.topic();
    await bed.write(topic, [assignment("a", 2), assignment("a", 1)]);
    const cause = new Error("locked");
    const store = { durable: true, transaction: () => Promise.reject(cause) };
    const stored = await bed.consume({ topic, store });
    const error = await stored.failure();
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ cause, topic, partition: 0, firstOffset: 0 });
    const throws = () => {
      throw cause;
    };
    const reporting = await bed.consume({ topic, onSkipped: throws });
    expect(await reporting.failure()).toMatchObject({ cause, message: "onSkipped: Error: locked" });
    const telling = await bed.consume({ topic, onProgress: throws });
    expect(await telling.failure()).toMatchObject({ cause, message: "onProgress: Error: locked" });
  });

  it("fetches no more than its bound while apply is slow, and reads everything in the end", async () => {
    const topic = await bed.topic(3);
    const large = "x".repeat(2_000);
    for (const partition of [0, 1, 2]) {
      const records = Array.from({ length: 300 }, (_, n) =>
        toWrite(assignment(`p${partition}-${n}`, 1, { reason: large })),
      );
      const config = { "batch.size": "20000" };
      await servers.independentClient.produce({ topic, partition, records, config });
    }
    const sockets = vi.spyOn(net, "connect");
    const fetchedBytes = () =>
      sockets.mock.results.reduce((sum, { value }) => sum + (value instanceof net.Socket ? value.bytesRead : 0), 0);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bounds = { maxBufferedBytes: 128 * 1024, maxBatchRecords: 10 };
    let began = false;
    const applyBatch = () => {
      began = true;
      return held;
    };
    const reading = await bed.consume({ topic, bounds, applyBatch });
    await reading.until("a batch is at hand", () => began);
    let before = -1;
    await reading.until("nothing more is fetched for half a second", async () => {
      before = fetchedBytes();
      await delay(500);
      return before === fetchedBytes() || before > 1_000_000;
    });
    // 1.8 MB wait in the topic. Here are the buffer, the page at hand, and what else brokers say.
    expect(before).toBeLessThan(500_000);
    expect(before).toBeGreaterThan(60_000);
    sockets.mockRestore();
    release();
    await reading.until("everything is read", () => reading.changes.length === 900);
    await reading.until("it is at the end", () => reading.consumer.progress().lag === 0);
    expect(reading.progress.at(-1)?.lag).toBe(0);
  });

  it("has batches of several partitions at hand when it may, and of one partition one at a time", async () => {
    const topic = await bed.topic(3);
    for (const partition of [0, 1, 2])
      await bed.write(
        topic,
        Array.from({ length: 30 }, (_, n) => assignment(`p${partition}-${n}`, 1)),
        partition,
      );
    const running = new Map<number, number>();
    let most = 0;
    const apply = async ({ record: { partition } }: { readonly record: { readonly partition: number } }) => {
      expect(running.get(partition) ?? 0).toBe(0);
      running.set(partition, 1);
      most = Math.max(most, [...running.values()].filter((one) => one === 1).length);
      await delay(5);
      running.set(partition, 0);
    };
    const reading = await bed.consume({ topic, bounds: { maxConcurrentBatches: 2 }, apply });
    await reading.until("everything is read", () => reading.changes.length === 90);
    expect(most).toBe(2);
    for (const partition of [0, 1, 2]) {
      const of = reading.changes.filter(({ record }) => record.partition === partition);
      expect(of.map(({ record }) => record.offset)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    }
  });

  it("is rewound by each member for its own share: all of the topic is read again", async () => {
    const topic = await bed.topic(2);
    const groupId = uniqueTopic("group");
    await bed.write(topic, [assignment("a", 1)], 0);
    await bed.write(topic, [assignment("b", 1)], 1);
    const before = await bed.consume({ topic, groupId });
    await before.until("both are read", () => before.changes.length === 2);
    await before.consumer.stop();
    const rewind = { topic, groupId, from: "beginning" as const, rewindId: "again" };
    const [one, two] = await Promise.all([bed.consume(rewind), bed.consume(rewind)]);
    await one.until("both are read again", () => one.changes.length + two.changes.length === 2);
    await one.until("both are committed", async () => (await bed.committed(groupId))[1] === 1);
    expect([...one.skipped, ...two.skipped]).toEqual([]);
  });

  it("leaves nothing behind when it cannot start", async () => {
    const topic = await bed.topic();
    const beganMs = performance.now();
    const refused = await settled(consumeAssignments(bed.options({ topic, sessionTimeoutMs: 7_200_000 })));
    expect(refused).toMatchObject({ name: "KafkaError", message: expect.stringContaining("INVALID_SESSION_TIMEOUT") });
    expect(performance.now() - beganMs).toBeLessThan(patient(15_000));
  });
});

/** The transactional writer: all or nothing, one at a time, and what it says of the outcome is the outcome. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { beforeAll, expect, it } from "vitest";
import {
  type Cluster,
  committedOffsets,
  Deadline,
  FencedError,
  OutcomeUnknownError,
  TransactionalWriter,
  type TransactionalWriterOptions,
} from "../../../../../runtime/kafka/wire/index.js";
import {
  describeWithKafka,
  type IndependentClient,
  type Kafka,
  uniqueTopic,
  until,
} from "../../../../support/kafka/index.js";
import { clusterFor, createTopic, record, settled, temporaryRules } from "../support/wire.js";

const ZOMBIES = Number(process.env.ZOMBIES ?? 100);

describeWithKafka("the transactional writer", { kafka: "own", independentClient: true }, (servers) => {
  let kafka: Kafka;
  let client: IndependentClient;

  beforeAll(async () => {
    kafka = await servers.startOwnKafka({
      brokers: 1,
      proxied: true,
      properties: { "transaction.abort.timed.out.transaction.cleanup.interval.ms": 200 },
    });
    client = await servers.startIndependentClient(kafka.bootstrap);
  });

  const rule = temporaryRules(() => kafka);
  const topicOf = (partitions = 1) => createTopic(kafka.bootstrap, uniqueTopic("transactions"), { partitions });
  const cluster = () => clusterFor(kafka.proxiedBootstrap, { requestTimeoutMs: 500 });
  const open = (of: Cluster, transactionalId: string, options: Partial<TransactionalWriterOptions> = {}) =>
    TransactionalWriter.open(of, { transactionalId, transactionTimeoutMs: 30_000, ...options });
  const stored = async (topic: string) =>
    (await client.read({ topic, isolation: "read_committed" })).map(({ value }) => value?.toString());
  const outsider = (groupId: string) => ({ groupId, generationId: -1, memberId: "" });
  const offsetsOf = (of: Cluster, groupId: string, topic: string) =>
    committedOffsets(of, groupId, [{ topic, partition: 0 }], { deadline: new Deadline(10_000), channel: "test" });

  it("commits records of several partitions and offsets of a group together, and nothing of what it aborts", async () => {
    const topic = await topicOf(3);
    const of = cluster();
    const writer = await open(of, topic);
    for (const [outcome, offset] of [
      ["abort", 1],
      ["commit", 2],
      ["abort", 3],
    ] as const) {
      writer.begin();
      const sends = [0, 1, 2].map((partition) =>
        writer.send({ topic, partition, records: [record(`${outcome} ${offset}`)] }),
      );
      await writer.sendOffsets({ ...outsider(topic), offsets: [{ topic, partition: 0, offset, metadata: null }] });
      await writer[outcome]();
      await Promise.all(sends);
    }
    expect(await stored(topic)).toEqual(["commit 2", "commit 2", "commit 2"]);
    expect(await client.committedOffsets(topic)).toMatchObject([{ topic, partition: 0, offset: 2 }]);
    expect(await offsetsOf(of, topic, topic)).toMatchObject([{ topic, partition: 0, offset: 2 }]);
  });

  it("K7: a transaction begins right after the last one, which the broker is still completing", async () => {
    const topic = await topicOf(4);
    const writer = await open(cluster(), topic);
    for (let index = 0; index < 100; index++) {
      writer.begin();
      void writer.sendOffsets({
        ...outsider(topic),
        offsets: [{ topic, partition: 0, offset: index, metadata: null }],
      });
      for (let partition = 0; partition < 4; partition++)
        void writer.send({ topic, partition, records: [record(String(index))] });
      await (index % 5 === 4 ? writer.abort() : writer.commit());
    }
    expect(await stored(topic)).toHaveLength(4 * 80);
  });

  it("ends a transaction in which nothing was sent without asking anybody", async () => {
    const writer = await open(cluster(), uniqueTopic("empty"));
    const asked = rule({ api: "EndTxn", on: "request", action: { delayMs: 0 } });
    writer.begin();
    await writer.commit();
    writer.begin();
    await writer.abort();
    expect(asked.hits).toBe(0);
  });

  it("refuses what is out of order", async () => {
    const topic = await topicOf();
    const writer = await open(cluster(), topic);
    await expect(writer.send({ topic, partition: 0, records: [record("x")] })).rejects.toThrow(
      /cannot send: it is ready/,
    );
    await expect(writer.commit()).rejects.toThrow(/cannot commit: it is ready/);
    writer.begin();
    expect(() => writer.begin()).toThrow(/cannot begin a transaction: it is in transaction/);
  });

  it("K25: answers that are lost on the way to a commit are asked for again, and the commit is one", async () => {
    const topic = await topicOf();
    const writer = await open(cluster(), topic);
    for (const api of ["AddPartitionsToTxn", "Produce", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn"] as const) {
      const cut = rule({ api, on: "response", action: "cut", times: 1 });
      writer.begin();
      void writer.send({ topic, partition: 0, records: [record(api)] });
      await writer.sendOffsets({ ...outsider(topic), offsets: [{ topic, partition: 0, offset: 1, metadata: null }] });
      await writer.commit();
      expect(cut.hits).toBe(1);
    }
    expect(await stored(topic)).toEqual([
      "AddPartitionsToTxn",
      "Produce",
      "AddOffsetsToTxn",
      "TxnOffsetCommit",
      "EndTxn",
    ]);
  });

  it("K25: a commit without an answer until the deadline is unknown, and is told as that", async () => {
    const topic = await topicOf();
    const of = cluster();
    const writer = await open(of, topic, { stepTimeoutMs: 1200 });
    writer.begin();
    await writer.send({ topic, partition: 0, records: [record("decided, unheard")] });
    rule({ api: "EndTxn", on: "response", action: "drop" });
    await expect(writer.commit()).rejects.toThrow(OutcomeUnknownError);
    await open(of, topic);
    expect(await stored(topic)).toEqual(["decided, unheard"]);
  });

  it("K25: after a stall longer than the transaction timeout the writer is fenced though nobody took over", async () => {
    const topic = await topicOf();
    const of = cluster();
    const writer = await open(of, topic, { transactionTimeoutMs: 300 });
    writer.begin();
    await writer.send({ topic, partition: 0, records: [record("stalled")] });
    await until(async () => (await client.watermarks(topic, "read_committed"))[0]?.high === 2, 10_000);
    await expect(writer.commit()).rejects.toThrow(FencedError);
    const next = await open(of, topic);
    next.begin();
    await next.send({ topic, partition: 0, records: [record("next")] });
    await next.commit();
    expect(await stored(topic)).toEqual(["next"]);
  });

  it("K1: after a failure nothing of the transaction is committed, and the writer is of no more use", async () => {
    const topic = await topicOf();
    const of = cluster();
    const writer = await open(of, topic, { deliveryTimeoutMs: 700 });
    writer.begin();
    const lost = rule({ api: "Produce", on: "request", action: "drop" });
    const sent = settled(writer.send({ topic, partition: 0, records: [record("lost")] }));
    await expect(writer.commit()).rejects.toThrow();
    expect(await sent).toBeInstanceOf(Error);
    lost.remove();
    expect(() => writer.begin()).toThrow();
    const next = await open(of, topic);
    next.begin();
    // Of the same size as the lost one.
    void next.send({ topic, partition: 0, records: [record("here")] });
    await next.commit();
    expect(await stored(topic)).toEqual(["here"]);
  });

  it("K6: offsets that are read after fencing are those of the last commit", async () => {
    const topic = await topicOf();
    const of = cluster();
    for (let index = 1; index <= 60; index++) {
      const writer = await open(of, topic);
      const [before] = await offsetsOf(of, topic, topic);
      expect(before?.offset ?? 0).toBe(index - 1);
      writer.begin();
      void writer.send({ topic, partition: 0, records: [record(String(index))] });
      void writer.sendOffsets({
        ...outsider(topic),
        offsets: [{ topic, partition: 0, offset: index, metadata: null }],
      });
      await writer.commit();
    }
  });

  it("K24: offsets of an open transaction are waited for, not passed over", async () => {
    const topic = await topicOf();
    const of = cluster();
    const writer = await open(of, topic);
    writer.begin();
    await writer.send({ topic, partition: 0, records: [record("x")] });
    await writer.sendOffsets({ ...outsider(topic), offsets: [{ topic, partition: 0, offset: 7, metadata: "m" }] });
    const asked = rule({ api: "OffsetFetch", on: "response", action: { delayMs: 0 } });
    let read = false;
    const waiting = offsetsOf(cluster(), topic, topic).then((found) => {
      read = true;
      return found;
    });
    expect(await until(() => asked.hits >= 3, 5000)).toBe(true);
    expect(read).toBe(false);
    await writer.commit();
    expect(await waiting).toMatchObject([{ offset: 7, metadata: "m" }]);
  });

  it("K24: the offsets of a member of an earlier generation are refused, and its transaction is not committed", async () => {
    const topic = await topicOf();
    const of = cluster();
    const consumer = new KafkaJs({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).consumer({
      groupId: topic,
      maxWaitTimeInMs: 50,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    const joined = new Promise<string>((resolve) =>
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => resolve(payload.memberId)),
    );
    await consumer.run({ eachMessage: async () => undefined });
    const memberId = await joined;
    const commitAs = async (generationId: number, member: string) => {
      const writer = await open(of, `${topic}-${generationId}`);
      writer.begin();
      const sent = settled(writer.send({ topic, partition: 0, records: [record(`generation ${generationId}`)] }));
      const offsets = [{ topic, partition: 0, offset: 1, metadata: null }];
      const failed = await settled(writer.sendOffsets({ groupId: topic, generationId, memberId: member, offsets }));
      const committed = await settled(writer.commit());
      await sent;
      await open(of, `${topic}-${generationId}`);
      return [failed, committed];
    };
    expect(await commitAs(0, memberId)).toEqual([expect.any(FencedError), expect.any(FencedError)]);
    expect(await commitAs(1, "somebody-else")).toEqual([expect.any(FencedError), expect.any(FencedError)]);
    expect(await commitAs(1, memberId)).toEqual([undefined, undefined]);
    expect(await stored(topic)).toEqual(["generation 1"]);
    await consumer.disconnect();
  });

  it(`K5: a writer that was away commits nothing after its successor began, in ${ZOMBIES} tries (ZOMBIES)`, async () => {
    const topic = await topicOf(2);
    const of = cluster();
    const seen = { committed: 0, fenced: 0, unknown: 0 };
    const expected: string[] = [];
    const possible = new Set<string>();
    for (let index = 0; index < ZOMBIES; index++) {
      const id = `${topic}-${index % 4}`;
      const former = await open(of, id, { channel: `former-${index}` });
      former.begin();
      await former.send({ topic, partition: 0, records: [record(`former ${index}`)] });
      if (index % 2 === 0)
        await former.sendOffsets({
          ...outsider(id),
          offsets: [{ topic, partition: 0, offset: index, metadata: null }],
        });
      // Its commit comes late, or is on its way while the successor begins.
      const onItsWay = index % 3 === 0;
      const delay = onItsWay ? rule({ api: "EndTxn", on: "request", action: { delayMs: index % 5 }, times: 1 }) : null;
      const early = onItsWay ? settled(former.commit()) : null;
      const successor = await open(of, id, { channel: `successor-${index}` });
      if (!onItsWay)
        void former.send({ topic, partition: 1, records: [record(`former ${index}`)] }).catch(() => undefined);
      const outcome = await (early ?? settled(former.commit()));
      delay?.remove();
      successor.begin();
      await successor.send({ topic, partition: 1, records: [record(`successor ${index}`)] });
      await successor.commit();
      expected.push(`successor ${index}`);
      if (outcome === undefined) {
        expect(onItsWay).toBe(true);
        expected.push(`former ${index}`);
        seen.committed++;
      } else if (outcome instanceof OutcomeUnknownError) {
        possible.add(`former ${index}`);
        seen.unknown++;
      } else {
        expect(outcome).toBeInstanceOf(FencedError);
        seen.fenced++;
      }
      await Promise.all([former.close(), successor.close()]);
    }
    const read = (await stored(topic)).filter((value) => !possible.has(value ?? ""));
    expect([...read].sort()).toEqual([...expected].sort());
    expect(seen.fenced).toBeGreaterThanOrEqual(Math.floor(ZOMBIES / 2));
    console.log(`outcomes of ${ZOMBIES} writers that were away: ${JSON.stringify(seen)}`);
  });
});

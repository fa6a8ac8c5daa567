/** The idempotent writer before a real broker and a proxy that loses what it is told to: each record once, in order. */
import { beforeAll, expect, it } from "vitest";
import {
  ClosedError,
  type Cluster,
  DeadlineError,
  IdempotentWriter,
  type IdempotentWriterOptions,
  OutcomeUnknownError,
  RecordTooLargeError,
  RefusedError,
} from "../../../../../runtime/kafka/wire/index.js";
import { InvalidBatchError } from "../../../../../runtime/records/index.js";
import {
  describeWithKafka,
  type IndependentClient,
  type Kafka,
  uniqueTopic,
  until,
} from "../../../../support/kafka/index.js";
import { clusterFor, createTopic, record, settled, temporaryRules } from "../support/wire.js";

describeWithKafka("the idempotent writer", { kafka: "own", independentClient: true }, (servers) => {
  let kafka: Kafka;
  let client: IndependentClient;

  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, proxied: true });
    client = await servers.startIndependentClient(kafka.bootstrap);
  });

  const rule = temporaryRules(() => kafka);
  const topicOf = (partitions = 1, config = {}) =>
    createTopic(kafka.bootstrap, uniqueTopic("delivery"), { partitions, config });
  /** Behind the proxy; a lost answer is noticed after half a second. */
  const cluster = () => clusterFor(kafka.proxiedBootstrap, { requestTimeoutMs: 500 });
  const open = (of: Cluster, options: IdempotentWriterOptions = {}) => IdempotentWriter.open(of, options);
  const stored = async (topic: string) =>
    (await client.read({ topic, isolation: "read_uncommitted" })).map(({ value }) => value?.toString());
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

  it("says where each record is, with headers, nulls, tombstones and empty values as they were given", async () => {
    const topic = await topicOf();
    const writer = await open(cluster());
    const bytes = (text: string) => Buffer.from(text);
    const records = [
      { timestamp: 1_750_000_000_000, key: bytes("a"), value: bytes("1"), headers: [{ key: "h", value: bytes("x") }] },
      {
        timestamp: 1_750_000_000_001,
        key: null,
        value: null,
        headers: [
          { key: "h", value: null },
          { key: "h", value: bytes("") },
        ],
      },
      { timestamp: 1_749_999_999_999, key: bytes(""), value: bytes(""), headers: [] },
    ];
    expect(await writer.send({ topic, partition: 0, records })).toEqual({ firstOffset: 0, lastOffset: 2 });
    expect(await writer.send({ topic, partition: 0, records: [record("4")] })).toEqual({
      firstOffset: 3,
      lastOffset: 3,
    });
    const read = await client.read({ topic, isolation: "read_uncommitted" });
    expect(read.slice(0, 3).map(({ timestampMs, key, value, headers }) => [timestampMs, key, value, headers])).toEqual([
      [1_750_000_000_000, bytes("a"), bytes("1"), [["h", bytes("x")]]],
      [
        1_750_000_000_001,
        null,
        null,
        [
          ["h", null],
          ["h", bytes("")],
        ],
      ],
      [1_749_999_999_999, bytes(""), bytes(""), []],
    ]);
  });

  it("K2: sends at the same time, of which answers are lost, are each written once and in order", async () => {
    const topic = await topicOf(3);
    const writer = await open(cluster(), { maxBatchBytes: 400 });
    const lost = rule({ api: "Produce", on: "response", action: "cut", times: 4 });
    const written = numbers(300).map((number) =>
      writer.send({ topic, partition: Number(number) % 3, records: [record(number.padEnd(100, "."))] }),
    );
    await Promise.all(written);
    expect(lost.hits).toBe(4);
    const read = (await stored(topic)).map((value) => Number.parseInt(value ?? "", 10));
    expect([...read].sort((a, b) => a - b)).toEqual(numbers(300).map(Number));
    for (const partition of [0, 1, 2]) {
      const own = read.filter((number) => number % 3 === partition);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  it("K3: a batch whose request was lost, delayed or answered to nobody goes again under the same sequence", async () => {
    const topic = await topicOf();
    const writer = await open(cluster());
    rule({ api: "Produce", on: "request", action: "drop", times: 1 });
    await writer.send({ topic, partition: 0, records: [record("request lost")] });
    rule({ api: "Produce", on: "response", action: "drop", times: 2 });
    await writer.send({ topic, partition: 0, records: [record("answer lost twice")] });
    // The first comes to the broker after the second was sent.
    rule({ api: "Produce", on: "request", action: { delayMs: 700 }, times: 1 });
    await writer.send({ topic, partition: 0, records: [record("late")] });
    expect(await stored(topic)).toEqual(["request lost", "answer lost twice", "late"]);
  });

  it("K3: retries end at one deadline; then the outcome is unknown where an answer is missing", async () => {
    const topic = await topicOf();
    const writer = await open(cluster(), { deliveryTimeoutMs: 1500, maxBatchBytes: 200 });
    const lost = rule({ api: "Produce", on: "response", action: "drop" });
    const first = settled(writer.send({ topic, partition: 0, records: [record("written, unanswered")] }));
    await until(() => lost.hits > 0, 5000);
    const behind = settled(writer.send({ topic, partition: 0, records: [record("never sent")] }));
    expect(await first).toBeInstanceOf(OutcomeUnknownError);
    expect(await behind).toBeInstanceOf(DeadlineError);
    expect(writer.failure).toBeInstanceOf(DeadlineError);
    lost.remove();
    expect(await stored(topic)).toEqual(["written, unanswered"]);
  });

  it("K1: a writer that has failed writes nothing more, and a new one takes its place", async () => {
    const topic = await topicOf();
    const of = cluster();
    const writer = await open(of, { deliveryTimeoutMs: 600 });
    const lost = rule({ api: "Produce", on: "request", action: "drop" });
    await settled(writer.send({ topic, partition: 0, records: [record("lost")] }));
    lost.remove();
    await expect(writer.send({ topic, partition: 0, records: [record("after")] })).rejects.toThrow(DeadlineError);
    await expect(writer.flush()).rejects.toThrow(DeadlineError);
    const next = await open(of);
    // A batch of the same size must not be taken for the lost one.
    await next.send({ topic, partition: 0, records: [record("here")] });
    expect(await stored(topic)).toEqual(["here"]);
  });

  it("waits while the topic is not there yet, and for a broker that is away", async () => {
    const topic = uniqueTopic("later");
    const of = cluster();
    const writer = await open(of);
    const early = writer.send({ topic, partition: 0, records: [record("early")] });
    await createTopic(kafka.bootstrap, topic);
    expect(await early).toEqual({ firstOffset: 0, lastOffset: 0 });
    kafka.broker(1).pause();
    const away = writer.send({ topic, partition: 0, records: [record("while it was away")] });
    // The connection was given up, and another is tried.
    const again = rule({ api: "ApiVersions", on: "request", action: { delayMs: 0 } });
    expect(await until(() => again.hits > 0, 10_000)).toBe(true);
    kafka.broker(1).resume();
    await away;
    expect(await stored(topic)).toEqual(["early", "while it was away"]);
  });

  it("holds no more than its bound: who sends beyond waits, and all come in order", async () => {
    const topic = await topicOf();
    const writer = await open(cluster(), { maxBufferedBytes: 20_000, maxBatchBytes: 4000 });
    const hold = rule({ api: "Produce", on: "request", action: { delayMs: 100 }, times: 3 });
    let most = 0;
    const sends = numbers(200).map((number) => {
      const done = writer.send({ topic, partition: 0, records: [record(number.padEnd(1000, "."))] });
      most = Math.max(most, writer.bufferedBytes);
      return done.then(() => {
        most = Math.max(most, writer.bufferedBytes);
      });
    });
    await writer.flush();
    await Promise.all(sends);
    hold.remove();
    expect(most).toBeLessThanOrEqual(20_000);
    expect((await stored(topic)).map((value) => Number.parseInt(value ?? "", 10))).toEqual(numbers(200).map(Number));
  });

  it("refuses a record that is too large, and a timestamp that is none, before anything is sent", async () => {
    const topic = await topicOf();
    const writer = await open(cluster(), { maxBatchBytes: 1000 });
    const send = (one: ReturnType<typeof record>) =>
      writer.send({ topic, partition: 0, records: [record("before"), one] });
    await expect(send(record("x".repeat(1000)))).rejects.toThrow(RecordTooLargeError);
    await expect(send({ ...record("x"), timestamp: -2 })).rejects.toThrow(InvalidBatchError);
    await expect(send({ ...record("x"), timestamp: 9e15 })).rejects.toThrow(InvalidBatchError);
    await expect(writer.send({ topic, partition: 0, records: [] })).rejects.toThrow(InvalidBatchError);
    await writer.send({ topic, partition: 0, records: [record("fits")] });
    expect(await stored(topic)).toEqual(["fits"]);
  });

  it("fails with the broker's words when the broker will not have a batch, and nothing behind it is written", async () => {
    const topic = await topicOf(1, { "max.message.bytes": "2000" });
    const writer = await open(cluster());
    const large = settled(writer.send({ topic, partition: 0, records: [record("x".repeat(5000))] }));
    const error = await large;
    expect(error).toBeInstanceOf(RefusedError);
    expect(String(error)).toMatch(new RegExp(`${topic}-0.*MESSAGE_TOO_LARGE`));
    await expect(writer.send({ topic, partition: 0, records: [record("behind")] })).rejects.toThrow(RefusedError);
    expect(await stored(topic)).toEqual([]);
  });

  it("flushes what was sent before it is closed; what was not is rejected at once", async () => {
    const topic = await topicOf(4);
    const writer = await open(cluster());
    const sends = numbers(50).map((number) =>
      writer.send({ topic, partition: Number(number) % 4, records: [record(number)] }),
    );
    await writer.flush();
    await Promise.all(sends);
    const hold = rule({ api: "Produce", on: "request", action: "drop" });
    const last = settled(writer.send({ topic, partition: 0, records: [record("too late")] }));
    await writer.close();
    hold.remove();
    expect(await last).toBeInstanceOf(ClosedError);
    await expect(writer.send({ topic, partition: 0, records: [record("after")] })).rejects.toThrow(ClosedError);
    expect(await stored(topic)).toHaveLength(50);
  });
});

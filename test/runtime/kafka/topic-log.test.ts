/** Topics of a real broker as the queries read them: committed records, to the end and no further, never waiting for more. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { KafkaTopicLog, type KafkaTopicLogOptions } from "../../../runtime/kafka/topic-log.js";
import {
  ClosedError,
  Deadline,
  deleteRecords,
  OffsetOutOfRangeError,
  Reader,
} from "../../../runtime/kafka/wire/index.js";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import { describeWithKafka, uniqueTopic, until } from "../../support/kafka/index.js";
import { patient } from "../../support/patience.js";
import { clusterFor, createTopic } from "./wire/support/wire.js";

describeWithKafka("the topics that queries read", { kafka: "shared", independentClient: true }, (servers) => {
  function openLog(options: KafkaTopicLogOptions = {}): KafkaTopicLog {
    const log = new KafkaTopicLog(clusterFor(servers.kafka.bootstrap), options);
    onTestFinished(() => log.close());
    return log;
  }

  const newTopic = (partitions = 1) => createTopic(servers.kafka.bootstrap, uniqueTopic("queried"), { partitions });

  function write(topic: string, values: readonly string[], partition = 0): Promise<unknown> {
    return servers.independentClient.produce({
      topic,
      partition,
      records: values.map((value) => ({ key: "k", value })),
    });
  }

  /** A transaction that is not ended. */
  async function begin(topic: string, values: readonly string[]) {
    const producer = await servers.independentClient.transactional(uniqueTopic("transaction"));
    await producer.begin();
    await producer.send(
      topic,
      values.map((value) => ({ value })),
      0,
    );
    await producer.flush();
    return producer;
  }

  /** All that is there, as the queries go through it. */
  async function readAll(log: KafkaTopicLog, topic: string, partition = 0) {
    const endOffset = await log.endOffset(topic, partition);
    const records: ConsumedRecord[] = [];
    let pages = 0;
    for (let offset = await log.startOffset(topic, partition); offset < endOffset; pages++) {
      const page = await log.read(topic, partition, offset);
      expect(page.nextOffset).toBeGreaterThan(offset);
      records.push(...page.records);
      offset = page.nextOffset;
    }
    return { values: records.map(({ value }) => Buffer.from(value ?? []).toString()), records, pages, endOffset };
  }

  it("give every part of a record", async () => {
    const topic = await newTopic(2);
    const headers: [string, string | null][] = [
      ["h", "1"],
      ["h", null],
    ];
    const record = { key: "k", value: "v", headers, timestampMs: 1_700_000_000_000, partition: 1 };
    await servers.independentClient.produce({ topic, records: [{ value: null, partition: 1 }, record] });
    const { records } = await readAll(openLog(), topic, 1);
    expect(records.map(({ topic: of, partition, offset }) => [of, partition, offset])).toEqual([
      [topic, 1, 0],
      [topic, 1, 1],
    ]);
    expect(records[0]).toMatchObject({ key: null, value: null, headers: [] });
    expect(records[1]).toMatchObject({
      timestamp: 1_700_000_000_000,
      key: Buffer.from("k"),
      value: Buffer.from("v"),
      headers: [
        { key: "h", value: Buffer.from("1") },
        { key: "h", value: null },
      ],
    });
  });

  it("are read page by page", async () => {
    const topic = await newTopic();
    const values = Array.from({ length: 6 }, (_, index) => `${index}`.padEnd(1_000, "."));
    for (const value of values) await write(topic, [value]);
    const found = await readAll(openLog({ maxPageBytes: 2_500 }), topic);
    expect(found.values).toEqual(values);
    expect(found.pages).toBeGreaterThanOrEqual(3);
  });

  it("are without aborted records and markers, also where they are the last", async () => {
    const topic = await newTopic();
    await write(topic, ["a"]);
    await (await begin(topic, ["aborted"])).abort();
    await (await begin(topic, ["b", "c"])).commit();
    await (await begin(topic, ["aborted"])).abort();
    const found = await readAll(openLog(), topic);
    expect(found.values).toEqual(["a", "b", "c"]);
    expect(found.endOffset).toBe(8);
  });

  it("end before a transaction that is open, and go on when it is committed", async () => {
    const topic = await newTopic();
    await write(topic, ["a"]);
    const open = await begin(topic, ["b"]);
    await write(topic, ["c"]);
    const log = openLog();
    expect(await readAll(log, topic)).toMatchObject({ values: ["a"], endOffset: 1 });
    expect(await log.read(topic, 0, 1)).toEqual({ records: [], nextOffset: 1 });
    await open.commit();
    expect((await readAll(log, topic)).values).toEqual(["a", "b", "c"]);
  });

  it("may be empty: then nothing is waited for", async () => {
    const topic = await newTopic();
    const log = openLog();
    expect(await readAll(log, topic)).toMatchObject({ values: [], pages: 0, endOffset: 0 });
    expect(await log.read(topic, 0, 0)).toEqual({ records: [], nextOffset: 0 });
  });

  it("may have lost their beginning, which can then not be read", async () => {
    const topic = await newTopic();
    await write(topic, ["a", "b", "c", "d"]);
    const options = { deadline: new Deadline(20_000), channel: "test" };
    await deleteRecords(clusterFor(servers.kafka.bootstrap), [{ topic, partition: 0, offset: 3 }], options);
    const log = openLog();
    expect(await log.startOffset(topic, 0)).toBe(3);
    await expect(log.read(topic, 0, 1)).rejects.toThrow(OffsetOutOfRangeError);
    // The partition can be read again.
    expect((await readAll(log, topic)).values).toEqual(["d"]);
  });

  it("are not waited for when a broker has nothing before the end", async () => {
    const topic = await newTopic();
    await write(topic, ["a", "b"]);
    // As after a compaction that has left nothing there: no page comes, and an empty answer says so.
    const next = vi.spyOn(Reader.prototype, "next").mockImplementation(
      (signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(new ClosedError("stopped")));
        }),
    );
    const empty = vi.spyOn(Reader.prototype, "emptyUpTo").mockReturnValueOnce(-1).mockReturnValue(2);
    onTestFinished(() => {
      next.mockRestore();
      empty.mockRestore();
    });
    expect(await openLog().read(topic, 0, 1)).toEqual({ records: [], nextOffset: 2 });
  });

  it("are read for several at once", async () => {
    const topic = await newTopic(4);
    for (const partition of [0, 1, 2, 3]) await write(topic, [`of ${partition}`], partition);
    const log = openLog();
    const found = await Promise.all([0, 1, 2, 3, 0, 1, 2, 3].map((partition) => readAll(log, topic, partition)));
    expect(found.map(({ values }) => values.join())).toEqual([0, 1, 2, 3, 0, 1, 2, 3].map((one) => `of ${one}`));
  });

  it("give up on a topic that nobody made", async () => {
    const log = openLog({ timeoutMs: 300 });
    await expect(log.read(uniqueTopic("none"), 0, 0)).rejects.toThrow(/given up after.*UNKNOWN_TOPIC_OR_PARTITION/);
  });

  it("leave no connection open when they are closed, and cannot be read then", async () => {
    const topic = await newTopic();
    await write(topic, ["a"]);
    const cluster = clusterFor(servers.kafka.bootstrap);
    await cluster.refresh();
    const before = sockets();
    const log = new KafkaTopicLog(cluster);
    await log.read(topic, 0, 0);
    expect(sockets()).toBeGreaterThan(before);
    await log.close();
    expect(await until(() => sockets() <= before, 5_000)).toBe(true);
    await expect(log.read(topic, 0, 0)).rejects.toThrow(ClosedError);
    await expect(log.endOffset(topic, 0)).rejects.toThrow(ClosedError);
    await log.close();
  });

  it("are closed at once, though no broker answers", async () => {
    const log = new KafkaTopicLog(clusterFor("127.0.0.1:1"));
    const reading = expect(log.read("t", 0, 0)).rejects.toThrow(ClosedError);
    const queued = expect(log.read("t", 1, 0)).rejects.toThrow(ClosedError);
    await delay(20);
    const startedMs = performance.now();
    await log.close();
    expect(performance.now() - startedMs).toBeLessThan(patient(2_000));
    await Promise.all([reading, queued]);
  });
});

function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length;
}

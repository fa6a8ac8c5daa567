/** The independent client: it reads what is in a topic, whatever that ends with, and says when it is not what it should be. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { expect, it } from "vitest";
import { describeWithKafka, type RecordToWrite, uniqueTopic, until } from "./index.js";

describeWithKafka("the independent client", { kafka: "shared", independentClient: true }, (servers) => {
  async function newTopic(numPartitions: number, settings: Record<string, string> = {}): Promise<string> {
    const topic = uniqueTopic("independent");
    const admin = new KafkaJs({ brokers: servers.kafka.bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] });
    await admin.disconnect();
    return topic;
  }

  it("reads every part of a record as it was written", async () => {
    const topic = await newTopic(2);
    const key = Buffer.from([0, 255, 10]);
    const records: RecordToWrite[] = [
      {
        key,
        value: "first",
        headers: [
          ["h", "1"],
          ["h", null],
        ],
        timestampMs: 1_700_000_000_000,
        partition: 1,
      },
      { value: null, partition: 1 },
      { key: "", value: "", partition: 0 },
    ];
    const client = servers.independentClient;
    expect(await client.produce({ topic, records, config: { "compression.type": "gzip" } })).toEqual([
      { partition: 1, offset: 0 },
      { partition: 1, offset: 1 },
      { partition: 0, offset: 0 },
    ]);
    const [empty, first, tombstone, ...others] = await client.read({ topic, isolation: "read_committed" });
    expect(others).toEqual([]);
    expect(empty).toMatchObject({ partition: 0, key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] });
    expect(first).toEqual({
      partition: 1,
      offset: 0,
      timestampMs: 1_700_000_000_000,
      timestampType: "create",
      key,
      value: Buffer.from("first"),
      headers: [
        ["h", Buffer.from("1")],
        ["h", null],
      ],
    });
    expect(tombstone).toMatchObject({ partition: 1, offset: 1, key: null, value: null });
    expect(await client.read({ topic, partition: 1, from: 1, isolation: "read_committed" })).toEqual([tombstone]);
  });

  it("ends on a topic without records, and on one that nobody made", async () => {
    const client = servers.independentClient;
    expect(await client.read({ topic: await newTopic(3), isolation: "read_committed" })).toEqual([]);
    await expect(client.read({ topic: uniqueTopic("none"), isolation: "read_committed" })).rejects.toThrow(
      /UNKNOWN_TOPIC/,
    );
  });

  it("keeps interleaved transactions apart", async () => {
    const topic = await newTopic(1);
    const client = servers.independentClient;
    const [one, two, open] = await Promise.all(
      ["one", "two", "open"].map((id) => client.transactional(uniqueTopic(id))),
    );
    if (one === undefined || two === undefined || open === undefined) throw new Error("three producers");
    for (const [producer, values] of [
      [one, ["a1"]],
      [two, ["b1", "b2"]],
      [one, ["a2"]],
    ] as const) {
      if (values[0] !== "a2") await producer.begin();
      await producer.send(
        topic,
        values.map((value) => ({ value })),
        0,
      );
      await producer.flush();
    }
    await two.abort();
    await one.commit();
    const values = async (isolation: "read_committed" | "read_uncommitted") =>
      (await client.read({ topic, isolation })).map(({ value }) => value?.toString());
    // It ends with control records.
    expect(await values("read_committed")).toEqual(["a1", "a2"]);
    expect(await values("read_uncommitted")).toEqual(["a1", "b1", "b2", "a2"]);

    await open.begin();
    await open.send(topic, [{ value: "c" }], 0);
    await open.flush();
    expect(await values("read_committed")).toEqual(["a1", "a2"]);
    expect(await client.watermarks(topic, "read_committed")).toEqual([{ partition: 0, low: 0, high: 6 }]);
    expect(await client.watermarks(topic)).toEqual([{ partition: 0, low: 0, high: 7 }]);
    await open.abort();
  });

  it("ends on a compacted partition whose last records are gone", async () => {
    const topic = await newTopic(1, {
      "cleanup.policy": "compact",
      "segment.ms": "100",
      "min.cleanable.dirty.ratio": "0.01",
    });
    const client = servers.independentClient;
    const records = Array.from({ length: 50 }, (_, index) => ({ key: "k", value: String(index) }));
    await client.produce({ topic, partition: 0, records });
    const compacted = await until(
      async () => {
        // A new record closes the segment before it.
        await client.produce({ topic, partition: 0, records: [{ key: "k", value: "last" }] });
        return (await client.read({ topic, isolation: "read_committed" })).length < 10;
      },
      15_000,
      200,
    );
    expect(compacted).toBe(true);
  });

  it("counts what is lost, doubled or out of order", async () => {
    const topic = await newTopic(2);
    const client = servers.independentClient;
    const numbers = [0, 1, 2, 3, 3, 6, 5, 99];
    const records = numbers.map((n) => ({ key: `k${n % 2}`, value: String(n), partition: n % 2 }));
    await client.produce({ topic, records: [...records, { key: "k1", value: "x", partition: 1 }] });
    const asked = { topic, isolation: "read_committed", valueFormat: "ascii" } as const;
    expect(await client.digest({ ...asked, expected: 8 })).toEqual({
      count: 9,
      partitions: [
        { partition: 0, count: 3 },
        { partition: 1, count: 6 },
      ],
      duplicates: 1,
      missing: 2,
      firstMissing: [4, 7],
      unexpected: 2,
      outOfOrder: 0,
    });
    await client.produce({ topic, records: [{ key: "k0", value: "4", partition: 0 }] });
    expect(await client.digest({ ...asked, expected: 8 })).toMatchObject({ missing: 1, outOfOrder: 1 });
  });

  it("knows a group's committed offsets, and Avro", async () => {
    const topic = await newTopic(1);
    const group = uniqueTopic("group");
    const admin = new KafkaJs({ brokers: servers.kafka.bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: "0" }] });
    await admin.disconnect();
    const client = servers.independentClient;
    expect(await client.committedOffsets(group)).toEqual([{ topic, partition: 0, offset: 0, metadata: "" }]);

    const schema = {
      type: "record",
      name: "Pair",
      fields: [
        { name: "a", type: "string" },
        { name: "b", type: "long" },
      ],
    };
    const bytes = await client.avroEncode(schema, { a: "x", b: 5 });
    expect([...bytes]).toEqual([2, 120, 10]);
    expect(await client.avroDecode(schema, bytes)).toEqual({ a: "x", b: 5 });
    await expect(client.avroDecode(schema, Buffer.concat([bytes, bytes]))).rejects.toThrow(/bytes are left/);
  });
});

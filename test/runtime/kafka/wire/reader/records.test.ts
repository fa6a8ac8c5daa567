/** What records hold, however they were written: every part of them as librdkafka reads it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { gzip, lz4, snappy, zstd } from "../../../../../runtime/records/index.js";
import { describeWithKafka, kafkaTool, type RecordToWrite } from "../../../../support/kafka/index.js";
import { record, values } from "./support/records.js";
import { TestBed } from "./support/test-bed.js";

const CODECS = ["gzip", "snappy", "lz4", "zstd"] as const;

describeWithKafka("reading records", { kafka: "shared", independentClient: true }, (servers) => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await TestBed.open(servers.kafka.bootstrap);
  });
  afterAll(() => bed?.close());

  it("null and empty keys and values, tombstones, and headers of every kind", async () => {
    const topic = await bed.topic();
    const written: RecordToWrite[] = [
      { key: "k", value: "v", timestampMs: 1_700_000_000_123 },
      { key: "k", value: null },
      { key: null, value: null },
      { key: "", value: "" },
      { key: null, value: "", timestampMs: 0 },
      { key: Buffer.from([0, 0, 0, 1]), value: Buffer.from([255, 0]) },
      {
        value: "twice",
        headers: [
          ["h", "1"],
          ["other", "x"],
          ["h", "2"],
          ["h", null],
          ["h", ""],
        ],
      },
      {
        value: "empty name",
        headers: [
          ["", "1"],
          ["größe", "ü"],
        ],
      },
      { value: "many", headers: Array.from({ length: 300 }, (_, index) => [`h${index % 7}`, String(index)] as const) },
      { value: null, headers: [["only", Buffer.alloc(5_000, 7)]] },
    ];
    await servers.independentClient.produce({ topic, records: written, partition: 0 });
    await bed.plain().write({ topic, partition: 0 }, [
      record({
        key: "",
        value: null,
        headers: [
          ["a", null],
          ["a", ""],
          ["", null],
        ],
        timestamp: 5,
      }),
      record({ key: null, value: "x", timestamp: 3 }),
    ]);
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(read_committed).toHaveLength(12);
    expect(read_committed[6]?.headers).toEqual(["h=31", "other=78", "h=32", "h=null", "h="]);
  });

  it("timestamps of the broker, on a topic with LogAppendTime", async () => {
    const topic = await bed.topic(1, { "message.timestamp.type": "LogAppendTime" });
    const records = [...values("a", "b"), record({ value: "c", timestamp: 12 })];
    await bed.plain().write({ topic, partition: 0 }, records);
    await bed.plain().write({ topic, partition: 0 }, records, zstd);
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(new Set(read_committed.map(({ timestamp }) => timestamp)).has(12)).toBe(false);
  });

  it("every codec of librdkafka, and ours", async () => {
    const topic = await bed.topic();
    const records = Array.from({ length: 200 }, (_, index) => ({
      key: `key ${index % 10}`,
      value: index % 13 === 0 ? null : `value ${index} `.repeat(index % 40),
      headers: [["h", String(index)]] as const,
    }));
    for (const codec of CODECS) {
      const config = { "compression.type": codec, "linger.ms": "50" };
      await servers.independentClient.produce({ topic, records, partition: 0, config });
    }
    for (const codec of [gzip, snappy, lz4, zstd])
      await bed.plain().write({ topic, partition: 0 }, records.map(record), codec);
    const { read_committed } = await bed.expectSame(servers.independentClient, topic);
    expect(read_committed).toHaveLength(1_600);
  });

  it("every codec of Kafka's own client", async () => {
    const topic = await bed.topic();
    const lines = Array.from({ length: 300 }, (_, index) => `key${index % 7}\t${`${index} `.repeat(index % 50)}`);
    const options = ["--reader-property", "parse.key=true", "--bootstrap-server", servers.kafka.bootstrap];
    await Promise.all(
      CODECS.map((codec) =>
        kafkaTool(
          "org.apache.kafka.tools.ConsoleProducer",
          [...options, "--topic", topic, "--compression-codec", codec],
          `${lines.join("\n")}\n`,
        ),
      ),
    );
    const { read_committed } = await bed.expectSame(servers.independentClient, topic);
    expect(read_committed).toHaveLength(1_200);
  });

  it("a batch larger than any bound comes whole", async () => {
    const topic = await bed.topic(2);
    const producer = bed.plain();
    const large = Buffer.alloc(1_000_000);
    for (let at = 0; at < large.length; at++) large[at] = (at * at) % 251;
    for (const partition of [0, 1]) {
      await producer.write({ topic, partition }, values("small"));
      await producer.write({ topic, partition }, [record({ value: large })]);
      await producer.write({ topic, partition }, [record({ value: large }), record({ value: "beside" })], gzip);
      await producer.write({ topic, partition }, [record({ value: large.subarray(1) })]);
      await producer.write({ topic, partition }, values("last"));
    }
    const bounds = { maxPageBytes: 1_024, maxFetchBytes: 64 * 1_024, maxBufferedBytes: 64 * 1_024 };
    const { read_committed } = await bed.expectSame(servers.independentClient, topic, { partitions: 2, ...bounds });
    expect(read_committed).toHaveLength(12);
  });

  it("thousands of batches of one record", async () => {
    const topic = await bed.topic();
    const producer = bed.plain();
    const one = { topic, partition: 0 };
    await producer.write(one, values("first"));
    await Promise.all(Array.from({ length: 2_000 }, (_, index) => producer.write(one, values(String(index)))));
    const { read_committed } = await bed.expectSame(servers.independentClient, topic);
    expect(read_committed).toHaveLength(2_001);
    await bed.expectSame(servers.independentClient, topic, { maxPageBytes: 1_024 });
  });
});

/** The topics of a topology on a real broker: made, judged, watched. */
import { setTimeout as delay } from "node:timers/promises";
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  isFatal,
  mustFit,
  PartitionCountWatch,
  type PrepareOptions,
  prepareTopics,
  TopicsError,
  wantedTopics,
} from "../../../runtime/kafka/topics.js";
import { brokerError, Code } from "../../../runtime/kafka/wire/error-codes.js";
import { type Cluster, Deadline, deleteTopics, type WantedTopic } from "../../../runtime/kafka/wire/index.js";
import { productTopology } from "../../../topology/index.js";
import { describeWithKafka, uniqueTopic, until } from "../../support/kafka/index.js";
import { clusterFor, createTopic } from "./wire/support/wire.js";

const DAY_MS = 86_400_000;
const SETTINGS = { replicationFactor: 1, retentionMs: 7 * DAY_MS };
const WITHIN_MS = 15_000;

const options = (create: boolean): PrepareOptions => ({ create, deadline: new Deadline(20_000), channel: "topics" });

function productTopics(topicPrefix: string, partitions = 3) {
  const settings = { applicationId: "app", topicPrefix, partitions, tenant: null, workItemStream: "present" } as const;
  return productTopology(settings).topics;
}

/** What the product never asks for, asked for by kafkajs. */
async function addPartitions(bootstrap: string, topic: string, count: number): Promise<void> {
  const admin = new KafkaJs({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  await admin.disconnect();
}

describe("the topics that are wanted", () => {
  it("have their clean-up, a retention where they are deleted, and the time of the records", () => {
    const topics = [
      { name: "a", partitions: 12, cleanup: "delete" },
      { name: "b", partitions: 3, cleanup: "compact" },
    ] as const;
    expect(wantedTopics(topics, { replicationFactor: -1, retentionMs: 1_000 })).toEqual([
      {
        name: "a",
        partitions: 12,
        replicationFactor: -1,
        configs: { "cleanup.policy": "delete", "message.timestamp.type": "CreateTime", "retention.ms": "1000" },
      },
      {
        name: "b",
        partitions: 3,
        replicationFactor: -1,
        configs: { "cleanup.policy": "compact", "message.timestamp.type": "CreateTime" },
      },
    ]);
  });

  it.each([
    [-1, undefined],
    [1, undefined],
    [2, undefined],
    [3, "2"],
    [5, "2"],
  ])("with %i copies want min.insync.replicas = %s", (replicationFactor, inSync) => {
    const [topic] = wantedTopics([{ name: "a", partitions: 1, cleanup: "delete" }], { ...SETTINGS, replicationFactor });
    expect(topic?.configs["min.insync.replicas"]).toBe(inSync);
  });
});

describeWithKafka("the topics of a topology", { kafka: "shared" }, (servers) => {
  const prepare = (wanted: readonly WantedTopic[], create = true) =>
    prepareTopics(clusterFor(servers.kafka.bootstrap), wanted, options(create));
  const outcomes = async (wanted: readonly WantedTopic[], create: boolean) =>
    (await prepare(wanted, create)).map(({ outcome }) => outcome);

  it("are missing, are made, and fit from then on", async () => {
    const wanted = wantedTopics(productTopics(`${uniqueTopic("t")}-`), SETTINGS);
    expect(await outcomes(wanted, false)).toEqual(wanted.map(() => "missing"));
    expect(await outcomes(wanted, false)).toEqual(wanted.map(() => "missing"));
    const made = await prepare(wanted);
    expect(made.map(({ outcome }) => outcome)).toEqual(wanted.map(() => "made"));
    expect(made.map(({ topic }) => topic?.partitions.length)).toEqual([3, 3, 3, 3, 3, 1, 3]);
    expect(await outcomes(wanted, true)).toEqual(wanted.map(() => "fits"));
    mustFit(made);
  });

  it("are made by several instances at once", async () => {
    const wanted = wantedTopics(productTopics(`${uniqueTopic("t")}-`), SETTINGS);
    const all = await Promise.all(Array.from({ length: 3 }, () => prepare(wanted)));
    for (const reports of all) mustFit(reports);
    for (const index of wanted.keys())
      expect(all.map((reports) => reports[index]?.outcome).sort()).toEqual(["fits", "fits", "made"]);
  });

  it("that are not there are named, when they are not to be made", async () => {
    const [one] = wantedTopics(productTopics(`${uniqueTopic("t")}-`), SETTINGS);
    const reports = await prepare(one === undefined ? [] : [one], false);
    expect(() => mustFit(reports)).toThrow(new TopicsError([`topic ${one?.name} is not there`]));
  });

  it("with another count of partitions are fatal: both counts are named, and nothing is made", async () => {
    const prefix = `${uniqueTopic("t")}-`;
    await createTopic(servers.kafka.bootstrap, `${prefix}raw-events`, { partitions: 2 });
    const wanted = wantedTopics(productTopics(prefix), SETTINGS);
    const reports = await prepare(wanted);
    expect(reports.filter(isFatal).map(({ name }) => name)).toEqual([`${prefix}raw-events`]);
    expect(reports.slice(1).every(({ outcome }) => outcome === "missing")).toBe(true);
    expect(() => mustFit(reports)).toThrow(
      new RegExp(`topic ${prefix}raw-events has 2 partitions, and 3 are wanted: a changed count moves keys away`),
    );
    expect(await outcomes(wanted.slice(1), false)).toEqual(wanted.slice(1).map(() => "missing"));
  });

  it.each([
    ["delete", "compact", "all records of a key but the last would be removed"],
    ["delete", "compact,delete", "all records of a key but the last would be removed"],
    ["compact", "delete", "rows that nobody changes would be deleted"],
    ["compact", "compact,delete", "rows that nobody changes would be deleted"],
  ] as const)("where %s is wanted and %s is set are fatal", async (cleanup, actual, danger) => {
    const name = uniqueTopic("t");
    await createTopic(servers.kafka.bootstrap, name, { config: { "cleanup.policy": actual } });
    const reports = await prepare(wantedTopics([{ name, partitions: 1, cleanup }], SETTINGS));
    expect(reports.map(isFatal)).toEqual([true]);
    expect(() => mustFit(reports)).toThrow(
      new RegExp(`topic ${name} has cleanup.policy=${actual}, and ${cleanup} is wanted: ${danger}`),
    );
  });

  it.each([
    ["retention.ms", "1000", SETTINGS, "records that are not processed by then are lost"],
    ["retention.ms", "-1", SETTINGS, "personal data in them, stay longer"],
    ["min.insync.replicas", "1", { ...SETTINGS, replicationFactor: 3 }, "a record that one broker alone has"],
    ["message.timestamp.type", "LogAppendTime", SETTINGS, "the brokers put their own time on records"],
  ] as const)("with %s=%s are told of, and can be used", async (config, value, settings, danger) => {
    const name = uniqueTopic("t");
    const made = { "retention.ms": String(SETTINGS.retentionMs), [config]: value };
    await createTopic(servers.kafka.bootstrap, name, { config: made });
    const reports = await prepare(wantedTopics([{ name, partitions: 1, cleanup: "delete" }], settings));
    const told = reports[0]?.problems.find(({ message }) => message.includes(`topic ${name} has ${config}=${value}, `));
    expect(told).toMatchObject({ fatal: false, message: expect.stringContaining(danger) });
    mustFit(reports);
  });

  it("with fewer copies are told of, and can be used", async () => {
    const name = uniqueTopic("t");
    await createTopic(servers.kafka.bootstrap, name, { config: { "retention.ms": String(SETTINGS.retentionMs) } });
    const topics = [{ name, partitions: 1, cleanup: "delete" }] as const;
    const [report] = await prepare(wantedTopics(topics, { ...SETTINGS, replicationFactor: 2 }));
    expect(report).toMatchObject({ outcome: "differs" });
    expect(report?.problems).toEqual([
      {
        fatal: false,
        message: `topic ${name} has replication factor 1, and 2 is wanted: records are lost with one broker's disk`,
      },
    ]);
  });

  it("that do not fit have a line each", async () => {
    const names = [uniqueTopic("t"), uniqueTopic("t")];
    for (const name of names) await createTopic(servers.kafka.bootstrap, name, { partitions: 2 });
    const topics = names.map((name) => ({ name, partitions: 5, cleanup: "compact" }) as const);
    const reports = await prepare(wantedTopics(topics, SETTINGS));
    const error = new TopicsError(reports.flatMap(({ problems }) => problems.map(({ message }) => message)));
    expect(() => mustFit(reports)).toThrow(error);
    expect(error.message.split("\n")).toEqual([
      "topics do not fit:",
      ...names.flatMap((name) => [
        expect.stringContaining(`  topic ${name} has 2 partitions, and 5 are wanted: `),
        expect.stringContaining(`  topic ${name} has cleanup.policy=delete, and compact is wanted: `),
      ]),
    ]);
  });
});

describeWithKafka("a watch on partition counts", { kafka: "shared" }, (servers) => {
  /** What it has told, and how often it has looked. */
  function watching(cluster: Cluster, name: string, partitions: number) {
    const told: Error[] = [];
    const looks = vi.spyOn(cluster, "refresh");
    const watch = new PartitionCountWatch({ cluster, topics: [{ name, partitions }], intervalMs: 10 });
    watch.start((error) => told.push(error));
    onTestFinished(() => watch.stop());
    return { watch, told, looked: (times: number) => until(() => looks.mock.calls.length >= times, WITHIN_MS) };
  }

  async function newTopic(partitions: number): Promise<string> {
    return createTopic(servers.kafka.bootstrap, uniqueTopic("watched"), { partitions });
  }

  it("says nothing while they stay, and tells once, with both counts, when one has changed", async () => {
    const topic = await newTopic(2);
    const { told, looked } = watching(clusterFor(servers.kafka.bootstrap), topic, 2);
    expect(await looked(5)).toBe(true);
    expect(told).toEqual([]);
    await addPartitions(servers.kafka.bootstrap, topic, 4);
    expect(await until(() => told.length > 0, WITHIN_MS)).toBe(true);
    expect(told).toEqual([expect.any(TopicsError)]);
    expect(told[0]?.message).toContain(
      `topic ${topic} has 4 partitions now, and had 2: a changed count moves keys away`,
    );
  });

  it("tells when a topic is gone, at the second look", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = await newTopic(1);
    const { told, looked } = watching(cluster, topic, 1);
    expect(await looked(2)).toBe(true);
    await deleteTopics(cluster, [topic], options(false));
    expect(await until(() => told.length > 0, WITHIN_MS)).toBe(true);
    expect(told.map(({ message }) => message)).toEqual([expect.stringContaining(`topic ${topic} is gone`)]);
  });

  it("counts a topic as gone only when it is so twice in a row", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = await newTopic(1);
    const found = await cluster.topic(topic);
    let looks = 0;
    vi.spyOn(cluster, "topic").mockImplementation(async () => {
      looks++;
      if (looks % 2 === 0) return found;
      throw brokerError(topic, Code.unknownTopicOrPartition);
    });
    const { told } = watching(cluster, topic, 1);
    expect(await until(() => looks >= 6, WITHIN_MS)).toBe(true);
    expect(told).toEqual([]);
  });

  it("says nothing while no broker can be reached", async () => {
    const { told, looked } = watching(clusterFor("127.0.0.1:1"), "t", 1);
    expect(await looked(5)).toBe(true);
    expect(told).toEqual([]);
  });

  it("says nothing after it was stopped", async () => {
    const topic = await newTopic(2);
    const { watch, told, looked } = watching(clusterFor(servers.kafka.bootstrap), topic, 99);
    watch.stop();
    expect(await Promise.race([looked(1), delay(100)])).toBeUndefined();
    expect(told).toEqual([]);
    watch.start((error) => told.push(error));
    expect(await until(() => told.length > 0, WITHIN_MS)).toBe(true);
  });
});

/** Topics of a real cluster: made, checked, described, deleted. */
import { describe, expect, it } from "vitest";
import { differences } from "../../../../../runtime/kafka/wire/admin/compare.js";
import {
  type AdminOptions,
  checkTopics,
  Deadline,
  deleteRecords,
  deleteTopics,
  describeTopics,
  ensureTopics,
  findOffsets,
  RefusedError,
  type TopicDescription,
} from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka, uniqueTopic } from "../../../../support/kafka/index.js";
import { clusterFor } from "../support/wire.js";

const options = (): AdminOptions => ({ deadline: new Deadline(20_000), channel: "admin" });

describeWithKafka("the topics of a cluster", { kafka: "shared", independentClient: true }, (servers) => {
  const wanted = (settings: object = {}) => ({
    name: uniqueTopic("admin"),
    partitions: 3,
    replicationFactor: 1,
    configs: { "cleanup.policy": "compact", "retention.ms": "-1" },
    ...settings,
  });

  it("are made where they are missing, and fit the next time", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topics = [wanted(), wanted({ partitions: 1, configs: {} })];
    expect((await checkTopics(cluster, topics, options())).map(({ outcome }) => outcome)).toEqual([
      "missing",
      "missing",
    ]);
    const made = await ensureTopics(cluster, topics, options());
    expect(made.map(({ name, outcome }) => ({ name, outcome }))).toEqual(
      topics.map(({ name }) => ({ name, outcome: "created" })),
    );
    for (const { topic } of made) for (const { leader } of topic.partitions) expect(leader).toBeGreaterThanOrEqual(0);
    const again = await ensureTopics(cluster, topics, options());
    expect(again.map(({ outcome }) => outcome)).toEqual(["fits", "fits"]);
    expect(again.map(({ topic }) => topic.topicId)).toEqual(made.map(({ topic }) => topic.topicId));
  });

  it("differ in what they were not made with", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = wanted();
    await ensureTopics(cluster, [topic], options());
    const other = { ...topic, partitions: 5, configs: { "cleanup.policy": "delete", "retention.ms": "-1" } };
    const [checked] = await ensureTopics(cluster, [other], options());
    expect(checked).toMatchObject({
      outcome: "differs",
      differences: [
        { kind: "partitions", wanted: 5, actual: 3, message: `topic ${topic.name} has 3 partitions, and 5 are wanted` },
        {
          kind: "config",
          name: "cleanup.policy",
          wanted: "delete",
          actual: "compact",
          message: `topic ${topic.name} has cleanup.policy=compact, and delete is wanted`,
        },
      ],
    });
  });

  it("are described with their id, their replicas and what was set on them", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = wanted();
    await ensureTopics(cluster, [topic], options());
    const [described, ...others] = await describeTopics(cluster, [topic.name, uniqueTopic("nowhere")], options());
    expect(others).toEqual([]);
    expect(described).toMatchObject({ name: topic.name, replicationFactor: 1 });
    expect(described?.topicId).toBe((await cluster.topic(topic.name)).topicId);
    expect(described?.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect([...(described?.configs ?? [])].sort()).toEqual([
      ["cleanup.policy", "compact"],
      ["retention.ms", "-1"],
    ]);
    expect(described?.effectiveConfigs.get("compression.type")).toBe("producer");
  });

  it("may be made by several instances at once", async () => {
    const topics = [wanted(), wanted()];
    const clusters = Array.from({ length: 4 }, () => clusterFor(servers.kafka.bootstrap));
    const outcomes = await Promise.all(clusters.map((cluster) => ensureTopics(cluster, topics, options())));
    for (const index of topics.keys()) {
      const made = outcomes.map((one) => one[index]?.outcome).sort();
      expect(made).toEqual(["created", "fits", "fits", "fits"]);
    }
  });

  it("are refused in the broker's words", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const tooMany = ensureTopics(cluster, [wanted({ replicationFactor: 9 })], options());
    await expect(tooMany).rejects.toThrow(RefusedError);
    await expect(tooMany).rejects.toThrow(/INVALID_REPLICATION_FACTOR.*9 time/);
    const unknown = ensureTopics(cluster, [wanted({ configs: { "no.such.setting": "1" } })], options());
    await expect(unknown).rejects.toThrow(/INVALID_CONFIG.*no\.such\.setting/);
    await expect(ensureTopics(cluster, [wanted({ name: "not a name" })], options())).rejects.toThrow(RefusedError);
  });

  it("are gone when they are deleted, and another one when they are made again", async () => {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = wanted();
    const [made] = await ensureTopics(cluster, [topic], options());
    await deleteTopics(cluster, [topic.name, uniqueTopic("nowhere")], options());
    expect(await describeTopics(cluster, [topic.name], options())).toEqual([]);
    const [again] = await ensureTopics(cluster, [topic], options());
    expect(again?.outcome).toBe("created");
    expect(again?.topic.topicId).not.toBe(made?.topic.topicId);
  });

  it("K19 lose their first records, the first thing that is done to them", async () => {
    const topic = wanted({ partitions: 1, configs: {} });
    await ensureTopics(clusterFor(servers.kafka.bootstrap), [topic], options());
    const records = Array.from({ length: 10 }, (_, index) => ({ value: String(index) }));
    await servers.independentClient.produce({ topic: topic.name, records });
    const cluster = clusterFor(servers.kafka.bootstrap);
    const partition = { topic: topic.name, partition: 0 };
    await deleteRecords(cluster, [{ ...partition, offset: 4 }], options());
    const found = await findOffsets(cluster, [partition], "earliest", { ...options(), isolation: "read_committed" });
    expect(found).toEqual([{ ...partition, offset: 4 }]);
    await expect(deleteRecords(cluster, [{ ...partition, offset: 99 }], options())).rejects.toThrow(RefusedError);
  });
});

describe("a topic is compared", () => {
  const actual: TopicDescription = {
    name: "t",
    topicId: "0",
    partitions: [],
    replicationFactor: 2,
    configs: new Map(),
    effectiveConfigs: new Map([["cleanup.policy", "compact,delete"]]),
  };
  const wanted = { name: "t", partitions: 0, replicationFactor: 2, configs: {} };

  it("without regard to the order of a list", () => {
    expect(differences({ ...wanted, configs: { "cleanup.policy": "delete, compact" } }, actual)).toEqual([]);
  });

  it("in its replication factor, unless that is left to the broker", () => {
    expect(differences({ ...wanted, replicationFactor: 3 }, actual)).toMatchObject([{ kind: "replication factor" }]);
    expect(differences({ ...wanted, replicationFactor: -1 }, actual)).toEqual([]);
  });

  it("in a setting that the brokers do not know", () => {
    expect(differences({ ...wanted, configs: { other: "1" } }, actual)).toMatchObject([
      { name: "other", actual: null },
    ]);
  });
});

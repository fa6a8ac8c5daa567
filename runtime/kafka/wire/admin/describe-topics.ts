/** What topics there are, as the cluster has them now: nothing remembered. */
import type { Cluster } from "../cluster.js";
import { type Deadline, retrying } from "../deadline.js";
import { brokerError, Code } from "../error-codes.js";
import { metadata, type PartitionMetadata, type TopicMetadata } from "../protocol/metadata.js";
import { describeConfigs, type TopicConfigs } from "./protocol/configs.js";

export interface AdminOptions {
  readonly deadline: Deadline;
  /** Of the connections on which the cluster is asked to change something. */
  readonly channel: string;
}

export interface TopicDescription {
  readonly name: string;
  /** Hexadecimal. A topic that is deleted and made again has another one. */
  readonly topicId: string;
  /** Ascending. */
  readonly partitions: readonly PartitionMetadata[];
  /** Of the partition that has fewest. */
  readonly replicationFactor: number;
  /** Those that were set on the topic. */
  readonly configs: ReadonlyMap<string, string>;
  /** All that are in force, be they set or defaults. */
  readonly effectiveConfigs: ReadonlyMap<string, string>;
}

/**
 * @returns those that there are, in the order of `names`.
 * @throws DeadlineError, RefusedError, AuthenticationError
 */
export async function describeTopics(
  cluster: Cluster,
  names: readonly string[],
  { deadline }: Pick<AdminOptions, "deadline">,
): Promise<readonly TopicDescription[]> {
  const what = `describing the topics ${names.join(", ")}`;
  return retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    const there = await topicsThere(cluster, names);
    if (there.length === 0) return [];
    const connection = await cluster.anyConnection();
    const answers = await connection.request(describeConfigs, { names: there.map(({ topic }) => topic) });
    return there.map((topic) => description(topic, configsOf(topic.topic, answers)));
  });
}

/** @throws RetriableError, RefusedError: all errors but that a topic is not there */
export async function topicsThere(cluster: Cluster, names: readonly string[]): Promise<readonly TopicMetadata[]> {
  if (names.length === 0) return [];
  const { topics } = await (await cluster.anyConnection()).request(metadata, { topics: names });
  for (const { topic, errorCode } of topics) {
    const usable = [Code.none, Code.unknownTopicOrPartition, Code.leaderNotAvailable].some(
      (code) => code === errorCode,
    );
    if (!usable) throw brokerError(`describing topic ${topic}`, errorCode);
  }
  return names.flatMap(
    (name) => topics.find(({ topic, errorCode }) => topic === name && errorCode !== Code.unknownTopicOrPartition) ?? [],
  );
}

function configsOf(topic: string, answers: readonly TopicConfigs[]): TopicConfigs {
  const what = `reading the configuration of topic ${topic}`;
  const found = answers.find(({ name }) => name === topic);
  if (found === undefined) throw brokerError(what, Code.unknownTopicOrPartition, "no answer for the topic");
  if (found.errorCode !== Code.none) throw brokerError(what, found.errorCode, found.message);
  return found;
}

function description({ topic, topicId, partitions }: TopicMetadata, { entries }: TopicConfigs): TopicDescription {
  const withValues = (chosen: typeof entries) => new Map(chosen.map(({ name, value }) => [name, value ?? ""]));
  return {
    name: topic,
    topicId,
    partitions: [...partitions].sort((one, other) => one.partition - other.partition),
    replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    configs: withValues(entries.filter(({ own }) => own)),
    effectiveConfigs: withValues(entries),
  };
}

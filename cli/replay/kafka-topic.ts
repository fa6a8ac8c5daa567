/** The topic on the brokers that a replay writes to, and that it makes when it is not there. Loaded when it is needed only. */
import { Appender } from "../../runtime/kafka/append.js";
import {
  Cluster,
  type ClusterOptions,
  Deadline,
  deleteTopics,
  describeTopics,
  ensureTopics,
  type TopicDescription,
} from "../../runtime/kafka/wire/index.js";
import { ContractCodec } from "../../schemas/index.js";
import { FailedError } from "../errors.js";
import { clusterOptions, schemaRegistry } from "../kafka/connection.js";
import type { Manifest } from "./manifest.js";
import type { ReplaySettings } from "./settings.js";
import { type Sink, topicSink } from "./sink.js";

const WITHIN_MS = 30_000;
const CHANNEL = "replay-topics";

interface TopicNote {
  readonly manifest: Manifest;
  note(changes: Partial<Manifest>): Promise<void>;
}

/**
 * @param folder is told of the topic before it is made, and of its id afterwards
 * @throws UsageError, FailedError when the topic cannot be used, SchemaRegistryError, WireError
 */
export async function openKafkaSink(name: string, settings: ReplaySettings, folder: TopicNote): Promise<Sink> {
  const registry = schemaRegistry(settings);
  const cluster = new Cluster(await options(settings));
  try {
    await ensureTopic(cluster, name, settings, folder);
    const codec = await ContractCodec.open("QueueAssignment", `${name}-value`, registry);
    const appender = new Appender(cluster, () => settings.partitions);
    const close = async () => {
      await appender.close();
      await cluster.close();
    };
    return topicSink(
      name,
      (records) => appender.append(records),
      close,
      (value) => codec.encode(value),
    );
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** What a sink would find. @throws UsageError, FailedError when the topic cannot be used, WireError */
export async function isKafkaTopicThere(name: string, settings: ReplaySettings): Promise<boolean> {
  const cluster = new Cluster(await options(settings));
  try {
    const topic = await described(cluster, name);
    if (topic !== null) mustFit(topic, settings.partitions);
    return topic !== null;
  } finally {
    await cluster.close();
  }
}

/**
 * Deletes the topics that a replay has made, where they still are those.
 * @returns the names of those that may be somebody else's
 */
export async function deleteMadeTopics(made: Manifest["topicsMade"], settings: ReplaySettings): Promise<string[]> {
  const cluster = new Cluster(await options(settings));
  try {
    const left: string[] = [];
    for (const { name, topicId } of made) {
      const topic = await described(cluster, name);
      if (topic === null) continue;
      if (topic.topicId === topicId)
        await deleteTopics(cluster, [name], { deadline: new Deadline(WITHIN_MS), channel: CHANNEL });
      else left.push(name);
    }
    return left;
  } finally {
    await cluster.close();
  }
}

async function options(settings: ReplaySettings): Promise<ClusterOptions> {
  return { ...(await clusterOptions(settings)), clientId: `${settings.applicationId}-replay` };
}

async function described(cluster: Cluster, name: string): Promise<TopicDescription | null> {
  const [topic] = await describeTopics(cluster, [name], { deadline: new Deadline(WITHIN_MS) });
  return topic ?? null;
}

async function ensureTopic(
  cluster: Cluster,
  name: string,
  { partitions, replicationFactor }: ReplaySettings,
  folder: TopicNote,
): Promise<void> {
  const found = await described(cluster, name);
  if (found !== null) return mustFit(found, partitions);
  const others = folder.manifest.topicsMade.filter((made) => made.name !== name);
  // Before: a kill in between would leave a topic that nobody knows of.
  await folder.note({ topicsMade: [...others, { name, topicId: null }] });
  const wanted = { name, partitions, replicationFactor, configs: { "cleanup.policy": "compact" } };
  const [made] = await ensureTopics(cluster, [wanted], { deadline: new Deadline(WITHIN_MS), channel: CHANNEL });
  if (made === undefined) throw new Error(`no answer for topic ${name}`);
  const isOurs = made.outcome === "created";
  await folder.note({ topicsMade: isOurs ? [...others, { name, topicId: made.topic.topicId }] : others });
  mustFit(made.topic, partitions);
}

function mustFit({ name, partitions, effectiveConfigs }: TopicDescription, wanted: number): void {
  if (partitions.length !== wanted)
    throw new FailedError(
      `--sink: topic ${name} has ${partitions.length} partitions, and conversations are spread over ${wanted}: give another name`,
    );
  const cleanup = effectiveConfigs.get("cleanup.policy") ?? "";
  if (!cleanup.split(",").includes("compact"))
    throw new FailedError(
      `--sink: topic ${name} has the clean-up policy "${cleanup}", and assignments belong into a compacted one: give another name`,
    );
}

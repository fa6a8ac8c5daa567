/** Topics checked, and made where they are missing. */
import type { Cluster } from "../cluster.js";
import type { BrokerConnection } from "../connection.js";
import { retrying } from "../deadline.js";
import { brokerError, Code, errorCode, RetriableError } from "../error-codes.js";
import { metadata } from "../protocol/metadata.js";
import { differences, type TopicDifference, type WantedTopic } from "./compare.js";
import { type AdminOptions, describeTopics, type TopicDescription, topicsThere } from "./describe-topics.js";
import { createTopics } from "./protocol/topics.js";

export type CheckedTopic = { readonly name: string } & (
  | { readonly outcome: "missing" }
  | { readonly outcome: "fits"; readonly topic: TopicDescription }
  | { readonly outcome: "differs"; readonly topic: TopicDescription; readonly differences: readonly TopicDifference[] }
);

export type EnsuredTopic =
  | Exclude<CheckedTopic, { readonly outcome: "missing" }>
  | { readonly name: string; readonly outcome: "created"; readonly topic: TopicDescription };

/** Changes nothing. @returns in the order of `wanted` @throws DeadlineError, RefusedError, AuthenticationError */
export async function checkTopics(
  cluster: Cluster,
  wanted: readonly WantedTopic[],
  options: Pick<AdminOptions, "deadline">,
): Promise<readonly CheckedTopic[]> {
  const names = wanted.map(({ name }) => name);
  const there = await describeTopics(cluster, names, options);
  return wanted.map((one): CheckedTopic => {
    const topic = there.find(({ name }) => name === one.name);
    if (topic === undefined) return { name: one.name, outcome: "missing" };
    const found = differences(one, topic);
    if (found.length === 0) return { name: one.name, outcome: "fits", topic };
    return { name: one.name, outcome: "differs", topic, differences: found };
  });
}

/**
 * Makes those that are missing, and waits until all their partitions have leaders. What is there is left as it is. Several
 * instances may do so at once: one makes a topic, to the others it fits.
 * @returns in the order of `wanted`
 * @throws RefusedError with the broker's words, DeadlineError, AuthenticationError
 */
export async function ensureTopics(
  cluster: Cluster,
  wanted: readonly WantedTopic[],
  options: AdminOptions,
): Promise<readonly EnsuredTopic[]> {
  const { deadline } = options;
  const what = `making the topics ${wanted.map(({ name }) => name).join(", ")}`;
  const made = new Set<string>();
  return retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    const there = await topicsThere(
      cluster,
      wanted.map(({ name }) => name),
    );
    const missing = wanted.filter(({ name }) => !there.some(({ topic }) => topic === name));
    if (missing.length > 0) for (const name of await create(cluster, missing, options)) made.add(name);
    for (const { name, partitions } of wanted) if (made.has(name)) await mustHaveLeaders(cluster, name, partitions);
    const checked = await checkTopics(cluster, wanted, { deadline });
    return checked.map((one): EnsuredTopic => {
      // Made by another instance a moment ago, and not known everywhere yet.
      if (one.outcome === "missing") throw notYet(`topic ${one.name}`);
      return made.has(one.name) ? { name: one.name, outcome: "created", topic: one.topic } : one;
    });
  });
}

/** @returns the names of those that were made by this. */
async function create(
  cluster: Cluster,
  topics: readonly WantedTopic[],
  { deadline, channel }: AdminOptions,
): Promise<string[]> {
  const connection = await controller(cluster, channel);
  const timeoutMs = Math.round(Math.max(1, Math.min(deadline.leftMs, cluster.requestTimeoutMs)));
  const results = await connection.request(createTopics, { topics, timeoutMs });
  const failed = results.filter(({ errorCode: code }) => code !== Code.none && code !== Code.topicAlreadyExists);
  const errors = failed.map(({ name, errorCode: code, message }) => brokerError(`making topic ${name}`, code, message));
  const gravest = errors.find((error) => !(error instanceof RetriableError)) ?? errors[0];
  if (gravest !== undefined) throw gravest;
  return results.filter(({ errorCode: code }) => code === Code.none).map(({ name }) => name);
}

async function mustHaveLeaders(cluster: Cluster, name: string, count: number): Promise<void> {
  const [topic] = await topicsThere(cluster, [name]);
  const led = topic?.partitions.filter(({ leader }) => leader >= 0) ?? [];
  if (led.length < count) throw notYet(`${led.length} of ${count} partitions of topic ${name} have leaders`);
}

function notYet(what: string): RetriableError {
  return new RetriableError(`${what}: not yet known to the brokers`, errorCode(Code.leaderNotAvailable));
}

/** Any broker that is up, in a cluster that passes such requests on (KRaft). */
export async function controller(cluster: Cluster, channel: string): Promise<BrokerConnection> {
  const { controllerId } = await (await cluster.anyConnection()).request(metadata, { topics: [] });
  if (!cluster.nodes.includes(controllerId)) await cluster.refresh();
  return cluster.connection(controllerId, channel);
}

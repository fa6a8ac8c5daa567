/** The topics of a topology on a cluster: what they are to be, made where they are missing, and judged where they are there. */
import type { TopicSpec } from "../../topology/index.js";
import { differenceOf, type TopicProblem } from "./topic-problems.js";
import { TopicsError } from "./topics-error.js";
import {
  type AdminOptions,
  type CheckedTopic,
  type Cluster,
  checkTopics,
  type EnsuredTopic,
  ensureTopics,
  type TopicDescription,
  type WantedTopic,
} from "./wire/index.js";

export { PartitionCountWatch, type PartitionCountWatchOptions } from "./partition-count-watch.js";
export type { TopicProblem } from "./topic-problems.js";
export { TopicsError } from "./topics-error.js";

export interface TopicSettings {
  /** -1: the brokers' default. */
  readonly replicationFactor: number;
  /** Of topics with clean-up "delete". */
  readonly retentionMs: number;
}

export type TopicReport = { readonly name: string; readonly wanted: WantedTopic } & (
  | { readonly outcome: "missing"; readonly topic: null; readonly problems: readonly [] }
  | { readonly outcome: "made" | "fits"; readonly topic: TopicDescription; readonly problems: readonly [] }
  | { readonly outcome: "differs"; readonly topic: TopicDescription; readonly problems: readonly TopicProblem[] }
);

export interface PrepareOptions extends AdminOptions {
  /** Whether topics that are missing are made. */
  readonly create: boolean;
}

/** With so many copies, one may be away while records are still acknowledged by two. */
const REPLICAS_FOR_TWO_IN_SYNC = 3;

/** As they are to be made, and as those that are there are compared with. */
export function wantedTopics(topics: readonly TopicSpec[], settings: TopicSettings): WantedTopic[] {
  const { replicationFactor } = settings;
  return topics.map(({ name, partitions, cleanup, maxRecordBytes }) => ({
    name,
    partitions,
    replicationFactor,
    configs: {
      "cleanup.policy": cleanup,
      // Of the records themselves: the order of the input is theirs, and the outputs keep them.
      "message.timestamp.type": "CreateTime",
      ...(maxRecordBytes === undefined ? {} : { "max.message.bytes": String(maxRecordBytes) }),
      ...(cleanup === "delete" ? { "retention.ms": String(settings.retentionMs) } : {}),
      ...(replicationFactor >= REPLICAS_FOR_TWO_IN_SYNC ? { "min.insync.replicas": "2" } : {}),
    },
  }));
}

/**
 * What each topic is, in the order of `wanted`; nothing that is there is changed. While one of them differs fatally none is made:
 * most likely the settings are wrong, and what they would make is not wanted.
 * @throws RefusedError with the broker's words, DeadlineError, AuthenticationError
 */
export async function prepareTopics(
  cluster: Cluster,
  wanted: readonly WantedTopic[],
  { create, deadline, channel }: PrepareOptions,
): Promise<readonly TopicReport[]> {
  const found = reportsOf(wanted, await checkTopics(cluster, wanted, { deadline }));
  if (!create || found.some(isFatal) || found.every(({ outcome }) => outcome !== "missing")) return found;
  return reportsOf(wanted, await ensureTopics(cluster, wanted, { deadline, channel }));
}

/** @throws TopicsError with a line for each fatal difference; without any, for each topic that is not there */
export function mustFit(reports: readonly TopicReport[]): void {
  const fatal = reports.flatMap(({ problems }) => problems.filter((problem) => problem.fatal));
  const missing = reports.filter(({ outcome }) => outcome === "missing");
  // Beside one that differs fatally they were not made: that they are missing is not what is wrong.
  const lines =
    fatal.length > 0 ? fatal.map(({ message }) => message) : missing.map(({ name }) => `topic ${name} is not there`);
  if (lines.length > 0) throw new TopicsError(lines);
}

/** Whether something about the topic forbids to go on with it. */
export function isFatal({ problems }: TopicReport): boolean {
  return problems.some(({ fatal }) => fatal);
}

function reportsOf(wanted: readonly WantedTopic[], checked: readonly (CheckedTopic | EnsuredTopic)[]): TopicReport[] {
  return wanted.flatMap((one, index) => {
    const found = checked[index];
    return found === undefined ? [] : [reportOf(one, found)];
  });
}

function reportOf(wanted: WantedTopic, checked: CheckedTopic | EnsuredTopic): TopicReport {
  const { name } = wanted;
  switch (checked.outcome) {
    case "missing":
      return { name, wanted, outcome: "missing", topic: null, problems: [] };
    case "created":
      return { name, wanted, outcome: "made", topic: checked.topic, problems: [] };
    case "fits":
      return { name, wanted, outcome: "fits", topic: checked.topic, problems: [] };
    case "differs": {
      const problems = checked.differences.map(differenceOf);
      return { name, wanted, outcome: "differs", topic: checked.topic, problems };
    }
  }
}

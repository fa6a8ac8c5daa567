/** How a topic differs from what is wanted of it. */
import type { TopicDescription } from "./describe-topics.js";
import type { TopicToCreate } from "./protocol/topics.js";

export type WantedTopic = TopicToCreate;

export type TopicDifference =
  | { readonly kind: "partitions"; readonly wanted: number; readonly actual: number; readonly message: string }
  | { readonly kind: "replication factor"; readonly wanted: number; readonly actual: number; readonly message: string }
  | {
      readonly kind: "config";
      readonly name: string;
      readonly wanted: string;
      /** Null when the brokers know no such setting. */
      readonly actual: string | null;
      readonly message: string;
    };

/** By the settings in force: one that is wanted may be the broker's default. */
export function differences(wanted: WantedTopic, actual: TopicDescription): TopicDifference[] {
  const found: TopicDifference[] = [];
  const { name } = wanted;
  const partitions = { wanted: wanted.partitions, actual: actual.partitions.length };
  if (partitions.wanted !== partitions.actual) {
    const message = `topic ${name} has ${partitions.actual} partitions, and ${partitions.wanted} are wanted`;
    found.push({ kind: "partitions", ...partitions, message });
  }
  const replicas = { wanted: wanted.replicationFactor, actual: actual.replicationFactor };
  if (replicas.wanted > 0 && replicas.wanted !== replicas.actual) {
    const message = `topic ${name} has replication factor ${replicas.actual}, and ${replicas.wanted} is wanted`;
    found.push({ kind: "replication factor", ...replicas, message });
  }
  for (const [config, value] of Object.entries(wanted.configs)) {
    const inForce = actual.effectiveConfigs.get(config) ?? null;
    if (inForce !== null && sameValue(value, inForce)) continue;
    const message = `topic ${name} has ${config}=${inForce ?? "(not known to the brokers)"}, and ${value} is wanted`;
    found.push({ kind: "config", name: config, wanted: value, actual: inForce, message });
  }
  return found;
}

/** A list's order says nothing: `compact,delete` is `delete, compact`. */
function sameValue(one: string, other: string): boolean {
  const items = (value: string) =>
    value
      .split(",")
      .map((item) => item.trim())
      .sort()
      .join();
  return items(one) === items(other);
}

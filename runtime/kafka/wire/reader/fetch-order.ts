/** The order of the partitions in a fetch. */
import type { TopicPartition } from "../protocol/api.js";

/** Those of a topic side by side, as a request groups them; otherwise in their order, so that whoever waits longest is first. */
export function besideTheirTopic<T extends { readonly state: TopicPartition }>(wanted: readonly T[]): T[] {
  const topics = new Map<string, T[]>();
  for (const one of wanted) {
    const others = topics.get(one.state.topic);
    if (others === undefined) topics.set(one.state.topic, [one]);
    else others.push(one);
  }
  return [...topics.values()].flat();
}

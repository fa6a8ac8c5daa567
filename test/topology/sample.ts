/** A topology that is right, and the parts to build ones that are not. */
import type { Processor } from "../../processors/index.js";
import { positionsCodec } from "../../schemas/index.js";
import { type SubTopologyBuilder, type TopicSpec, TopologyBuilder } from "../../topology/index.js";

export const idle: Processor<unknown, null> = { process: () => null };

export function topic(name: string, partitions = 4, cleanup: TopicSpec["cleanup"] = "delete"): TopicSpec {
  return { name, partitions, cleanup };
}

export const TOPICS = [
  topic("input"),
  topic("middle"),
  topic("output"),
  topic("changelog", 4, "compact"),
  topic("refused", 1),
];

export function processor(name: string, parents: readonly string[]) {
  return { name, parents, input: "bytes", processor: idle } as const;
}

export function store(name: string, processors: readonly string[], changelogTopic = "changelog") {
  return { name, processors, changelogTopic, codec: positionsCodec };
}

/** Reads `input`, writes `middle`, has no store. */
export function addFirst(builder: SubTopologyBuilder<null>): SubTopologyBuilder<null> {
  return builder
    .source({ name: "first-source", topic: "input", value: "bytes" })
    .processor(processor("first", ["first-source"]))
    .sink({ name: "first-sink", parents: ["first"], topic: "middle", value: "bytes" })
    .deadLetters({ name: "first-refused", parents: ["first"], topic: "refused" });
}

/** Reads `middle`, writes `output`, has a store. */
export function addSecond(builder: SubTopologyBuilder<null>): SubTopologyBuilder<null> {
  return builder
    .source({ name: "second-source", topic: "middle", value: "bytes" })
    .processor(processor("second", ["second-source"]))
    .store(store("second-store", ["second"]))
    .sink({ name: "second-sink", parents: ["second"], topic: "output", value: "bytes" })
    .deadLetters({ name: "second-refused", parents: ["second", "second-source"], topic: "refused" });
}

/** A builder with topics, and nothing that reads or writes them. */
export function withTopics(topics: readonly TopicSpec[] = TOPICS): TopologyBuilder<null> {
  const builder = new TopologyBuilder<null>();
  for (const spec of topics) builder.topic(spec);
  return builder;
}

/** A builder of the whole sample. */
export function sample(topics: readonly TopicSpec[] = TOPICS): TopologyBuilder<null> {
  const builder = withTopics(topics);
  addFirst(builder.subTopology("one"));
  addSecond(builder.subTopology("two"));
  return builder;
}

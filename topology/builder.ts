/** Builds a topology: collects topics, nodes and stores in any order; everything is checked when it is built. */
import type { Processor, RowExpiry } from "../processors/index.js";
import type { RowCodec } from "../schemas/row.js";
import type { Node, SinkNode, SourceNode, StoreSpec, SubTopology, TopicSpec, Topology, ValueKind } from "./topology.js";
import { checkTopology, inFlowOrder } from "./validation.js";

/** Collects the nodes of one sub-topology. */
export class SubTopologyBuilder<Outcome> {
  private readonly nodes: Node<Outcome>[] = [];
  private readonly stores: StoreSpec<Outcome>[] = [];

  constructor(readonly name: string) {}

  /** Reads a topic. Records whose values cannot be decoded go to the dead letters. */
  source(node: Omit<SourceNode, "kind">): this {
    this.nodes.push({ kind: "source", ...node });
    return this;
  }

  processor<Value>(node: {
    readonly name: string;
    readonly parents: readonly string[];
    readonly input: ValueKind;
    readonly processor: Processor<Value, Outcome>;
  }): this {
    this.nodes.push({ kind: "processor", ...node });
    return this;
  }

  /** Writes a topic. */
  sink(node: Omit<SinkNode, "kind">): this {
    this.nodes.push({ kind: "sink", ...node });
    return this;
  }

  /** Where undecodable and refused records go. Each sub-topology has exactly one such node. */
  deadLetters(node: { readonly name: string; readonly parents: readonly string[]; readonly topic: string }): this {
    this.nodes.push({ kind: "dead-letters", ...node });
    return this;
  }

  /** A key-value store of the named processors, backed by a changelog topic. */
  store<Row>(spec: {
    readonly name: string;
    readonly processors: readonly string[];
    readonly changelogTopic: string;
    readonly codec: RowCodec<Row>;
    readonly expiry?: RowExpiry<Outcome>;
  }): this {
    this.stores.push(spec);
    return this;
  }

  build(): SubTopology<Outcome> {
    return { name: this.name, nodes: [...this.nodes], stores: [...this.stores] };
  }
}

export class TopologyBuilder<Outcome> {
  private readonly topics: TopicSpec[] = [];
  private readonly subTopologies: SubTopologyBuilder<Outcome>[] = [];

  /** Declares a topic. Every topic that a node or a store names must be declared. */
  topic(topic: TopicSpec): this {
    this.topics.push(topic);
    return this;
  }

  subTopology(name: string): SubTopologyBuilder<Outcome> {
    const builder = new SubTopologyBuilder<Outcome>(name);
    this.subTopologies.push(builder);
    return builder;
  }

  /** @throws TopologyError when something does not fit; its message names the node, store or topic. */
  build(): Topology<Outcome> {
    const topology = { subTopologies: this.subTopologies.map((builder) => builder.build()), topics: [...this.topics] };
    checkTopology(topology);
    return { ...topology, subTopologies: inFlowOrder(topology.subTopologies) };
  }
}

/** What a topology is once it is built: nodes, stores and topics, grouped into sub-topologies. */
import type { Processor, RowExpiry } from "../processors/index.js";
import type { ContractName } from "../schemas/types.js";

/** What the values of a topic are: framed Avro of a contract, or bytes that nobody decodes. */
export type ValueKind = ContractName | "bytes";

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly cleanup: "compact" | "delete";
  /** Records may be so large with their batch (bytes). Absent: as the log has it. */
  readonly maxRecordBytes?: number;
}

export interface SourceNode {
  readonly kind: "source";
  readonly name: string;
  readonly topic: string;
  readonly value: ValueKind;
}

export interface ProcessorNode<Outcome> {
  readonly kind: "processor";
  readonly name: string;
  readonly parents: readonly string[];
  /** What the values are that its parents give it. */
  readonly input: ValueKind;
  readonly processor: Processor<never, Outcome>;
}

export interface SinkNode {
  readonly kind: "sink";
  readonly name: string;
  readonly parents: readonly string[];
  readonly topic: string;
  readonly value: ValueKind;
}

/** Where records go, byte for byte, that a source cannot decode or a processor refuses. */
export interface DeadLetterNode {
  readonly kind: "dead-letters";
  readonly name: string;
  readonly parents: readonly string[];
  readonly topic: string;
}

export type Node<Outcome> = SourceNode | ProcessorNode<Outcome> | SinkNode | DeadLetterNode;

/** A codec of rows of any shape: the processor that asks for the store by name knows which. */
export interface AnyRowCodec {
  encode(row: never): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

export interface StoreSpec<Outcome = unknown> {
  readonly name: string;
  readonly processors: readonly string[];
  readonly changelogTopic: string;
  readonly codec: AnyRowCodec;
  /** Absent: rows are kept for ever. */
  readonly expiry?: RowExpiry<Outcome>;
}

export interface SubTopology<Outcome> {
  readonly name: string;
  readonly nodes: readonly Node<Outcome>[];
  readonly stores: readonly StoreSpec<Outcome>[];
}

export interface Topology<Outcome> {
  /** In the order in which records flow: no sub-topology reads what a later one writes. */
  readonly subTopologies: readonly SubTopology<Outcome>[];
  readonly topics: readonly TopicSpec[];
}

/** The nodes of one kind. */
export function nodesOfKind<Outcome, Kind extends Node<Outcome>["kind"]>(
  { nodes }: SubTopology<Outcome>,
  kind: Kind,
): Extract<Node<Outcome>, { kind: Kind }>[] {
  return nodes.filter((node): node is Extract<Node<Outcome>, { kind: Kind }> => node.kind === kind);
}

/** The nodes that a node forwards to. */
export function childrenOf<Outcome>({ nodes }: SubTopology<Outcome>, name: string): Node<Outcome>[] {
  return nodes.filter((node) => node.kind !== "source" && node.parents.includes(name));
}

/** The stores that a processor may use. */
export function storesOf<Outcome>({ stores }: SubTopology<Outcome>, processor: string): StoreSpec[] {
  return stores.filter(({ processors }) => processors.includes(processor));
}

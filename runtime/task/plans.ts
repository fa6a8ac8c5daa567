/** What the nodes of a sub-topology come to for its task: sources with what follows them, sinks and stores with their codecs. */
import type { ForwardedRecord } from "../../processors/index.js";
import type { ContractCodec } from "../../schemas/codec.js";
import type { ContractName } from "../../schemas/types.js";
import {
  childrenOf,
  type ProcessorNode,
  type SinkNode,
  type SourceNode,
  type StoreSpec,
  type SubTopology,
} from "../../topology/index.js";
import { noRowCache, type RowCache } from "../stores/row-cache.js";
import type { ReadableStore } from "../stores/store.js";
import { type ConsumedRecord, encodeText, type ProducedRecord } from "./records.js";
import { StoreBuffer } from "./store-buffer.js";

/** The codecs of the contracts that a task reads and writes, by topic. */
export type TopicCodecs = ReadonlyMap<string, ContractCodec<ContractName>>;

export interface SourcePlan<Outcome> {
  readonly node: SourceNode;
  readonly codec: ContractCodec<ContractName> | null;
  readonly children: readonly ProcessorNode<Outcome>[];
  /** The child that takes control records; null: they are records like any other. */
  readonly controller: ProcessorNode<Outcome> | null;
}

/** A record whose key has been decoded: once, as rows, processors and outputs all have it. */
export interface Input {
  readonly record: ConsumedRecord;
  /** Null as well when it is not UTF-8. */
  readonly key: string | null;
}

export interface SinkPlan {
  readonly node: SinkNode;
  readonly codec: ContractCodec<ContractName> | null;
}

export function producedRecord(
  sink: SinkPlan,
  { key, value, headers = {}, timestamp }: ForwardedRecord<unknown>,
  { record, key: inputKey }: Input,
): ProducedRecord {
  return {
    topic: sink.node.topic,
    timestamp: timestamp ?? record.timestamp,
    // Mostly the input's key: its bytes are at hand.
    key: key === null ? null : key === inputKey ? record.key : encodeText(key),
    value: encodeValue(sink, value),
    headers: Object.entries(headers).map(([name, text]) => ({ key: name, value: encodeText(text) })),
  };
}

export function sourcePlan<Outcome>(
  node: SourceNode,
  subTopology: SubTopology<Outcome>,
  codecs: TopicCodecs,
): SourcePlan<Outcome> {
  const children = childrenOf(subTopology, node.name).filter((child) => child.kind === "processor");
  const controller = children.find(({ processor }) => processor.control !== undefined) ?? null;
  return { node, codec: codecOf(node, codecs), children, controller };
}

export function codecOf(node: SourceNode | SinkNode, codecs: TopicCodecs): ContractCodec<ContractName> | null {
  if (node.value === "bytes") return null;
  const codec = codecs.get(node.topic);
  if (codec === undefined) throw new Error(`no codec for topic "${node.topic}"`);
  return codec;
}

export function storeBuffer(
  spec: StoreSpec,
  stores: ReadonlyMap<string, ReadableStore>,
  cache: RowCache = noRowCache,
): StoreBuffer {
  const store = stores.get(spec.name);
  if (store === undefined) throw new Error(`no store "${spec.name}"`);
  return new StoreBuffer(spec, store, cache);
}

function encodeValue({ node, codec }: SinkPlan, value: unknown): Uint8Array {
  if (codec !== null) return codec.encode(value as Parameters<typeof codec.encode>[0]);
  if (value instanceof Uint8Array) return value;
  throw new Error(`sink "${node.name}" takes bytes`);
}

/** One partition of one sub-topology: takes batches, gathers outputs and changed rows, hands them over at a checkpoint. */
import {
  type ForwardedRecord,
  type KeyValueAccess,
  type ProcessorContext,
  RECEIVED_AT_HEADER,
  type Refusal,
  refusal,
  type StreamRecord,
} from "../../processors/index.js";
import type { ContractCodec } from "../../schemas/codec.js";
import { DecodeError } from "../../schemas/decoder.js";
import type { ContractName, SourcePosition } from "../../schemas/types.js";
import {
  childrenOf,
  nodesOfKind,
  type ProcessorNode,
  type SinkNode,
  type SourceNode,
  type StoreSpec,
  type SubTopology,
} from "../../topology/index.js";
import { noRowCache, type RowCache } from "../stores/row-cache.js";
import type { ChangedRow, ReadableStore } from "../stores/store.js";
import { deadLetter } from "./dead-letter.js";
import {
  type ConsumedRecord,
  decodeText,
  encodeText,
  headerText,
  type ProducedRecord,
  type RecordHeader,
  sizeOfRecord,
} from "./records.js";
import { StoreBuffer } from "./store-buffer.js";

/** The codecs of the contracts that a task reads and writes, by topic. */
export type TopicCodecs = ReadonlyMap<string, ContractCodec<ContractName>>;

export interface TaskOptions<Outcome> {
  readonly subTopology: SubTopology<Outcome>;
  readonly codecs: TopicCodecs;
  readonly stores: ReadonlyMap<string, ReadableStore>;
  /** By store; absent: rows are read from the store for each batch. */
  readonly caches?: ReadonlyMap<string, RowCache>;
  /** The running counts as of the last durable checkpoint; absent: the task has had none. */
  readonly counters?: TaskCounters;
  /** The wall clock in epoch milliseconds: says when a dead letter failed, and nothing else. */
  readonly now: (record: ConsumedRecord) => number;
}

/** Running counts: what processors count, and `<store>.entries`, the rows of each store. */
export type TaskCounters = Readonly<Record<string, number>>;

/** The counter of a store's rows. */
export function entriesCounter(store: string): string {
  return `${store}.entries`;
}

/** What must be made durable at once, or not at all. */
export interface Checkpoint<Outcome> {
  readonly records: number;
  readonly outputs: readonly ProducedRecord[];
  /** The last row of each changed key, by store. */
  readonly rows: ReadonlyMap<string, readonly ChangedRow[]>;
  /** The offsets after the last processed records. */
  readonly positions: readonly SourcePosition[];
  /** What became of each record, in order: to be counted once the checkpoint is committed, and not before. */
  readonly outcomes: readonly TaskOutcome<Outcome>[];
  /** When each record came in (epoch ms): its `received-at`, or its timestamp. */
  readonly receivedAtMs: readonly number[];
  /** The running counts with this checkpoint. */
  readonly counters: TaskCounters;
}

/** What became of a record: decided by a processor, or not decodable. */
export type TaskOutcome<Outcome> = Outcome | { readonly kind: "refused"; readonly code: Refusal["code"] };

/** What is going on in a task. After a failure in the middle of a record only {@link Task.discard} may follow. */
type Phase = "idle" | "processing" | "failed";

const BUSY: Readonly<Record<Exclude<Phase, "idle">, string>> = {
  processing: "a batch is being processed: wait for process() first",
  failed: "a record failed half-way: call discard() first",
};

interface SourcePlan<Outcome> {
  readonly node: SourceNode;
  readonly codec: ContractCodec<ContractName> | null;
  readonly children: readonly ProcessorNode<Outcome>[];
}

/** A record whose key has been decoded: once, as rows, processors and outputs all have it. */
interface Input {
  readonly record: ConsumedRecord;
  /** Null as well when it is not UTF-8. */
  readonly key: string | null;
}

interface SinkPlan {
  readonly node: SinkNode;
  readonly codec: ContractCodec<ContractName> | null;
}

export class Task<Outcome> {
  private readonly sources: ReadonlyMap<string, SourcePlan<Outcome>>;
  private readonly processors: ReadonlyMap<string, ProcessorNode<Outcome>>;
  private readonly sinks: ReadonlyMap<string, SinkPlan>;
  private readonly stores: ReadonlyMap<string, StoreBuffer>;
  private readonly deadLetterTopic: string;
  private readonly positions = new Map<string, SourcePosition>();
  private outputs: ProducedRecord[] = [];
  private outcomes: TaskOutcome<Outcome>[] = [];
  private receivedAtMs: number[] = [];
  private readonly durableCounters: Map<string, number>;
  private readonly counted = new Map<string, number>();
  private records = 0;
  private bufferedBytes = 0;
  private phase: Phase = "idle";
  /** The counters of the checkpoint that was handed over and is not committed yet; null when there is none. */
  private handedOver: TaskCounters | null = null;

  constructor(private readonly options: TaskOptions<Outcome>) {
    const { subTopology, codecs, stores } = options;
    this.sources = new Map(
      nodesOfKind(subTopology, "source").map((node) => [node.topic, sourcePlan(node, subTopology, codecs)]),
    );
    this.processors = new Map(nodesOfKind(subTopology, "processor").map((node) => [node.name, node]));
    this.sinks = new Map(
      nodesOfKind(subTopology, "sink").map((node) => [node.name, { node, codec: codecOf(node, codecs) }]),
    );
    this.stores = new Map(
      subTopology.stores.map((spec) => [spec.name, storeBuffer(spec, stores, options.caches?.get(spec.name))]),
    );
    this.durableCounters = new Map(Object.entries(options.counters ?? {}));
    const [deadLetters] = nodesOfKind(subTopology, "dead-letters");
    if (deadLetters === undefined) throw new Error(`sub-topology "${subTopology.name}" has no dead-letters node`);
    this.deadLetterTopic = deadLetters.topic;
  }

  /** How much has gathered since the last checkpoint: what the engine bounds. */
  get buffered(): { readonly records: number; readonly sizeBytes: number } {
    return { records: this.records, sizeBytes: this.bufferedBytes };
  }

  /**
   * Processes records in the order given. Outputs and changed rows gather; nothing is written.
   * @throws SchemaRegistryError, or the store's error, before anything has gathered: the batch may be tried again. After
   * any other error {@link discard} must follow: half a record may have gathered.
   */
  async process(batch: readonly ConsumedRecord[]): Promise<void> {
    this.expectIdle();
    this.phase = "processing";
    const inputs = batch.map((record) => ({ record, key: record.key === null ? null : decodeText(record.key) }));
    try {
      await this.learnSchemas(batch);
      await this.loadRows(inputs);
    } finally {
      this.phase = "idle";
    }
    this.phase = "failed";
    for (const input of inputs) this.processRecord(input);
    this.phase = "idle";
  }

  /**
   * Hands over what has gathered. The engine makes it durable, then calls {@link committed}; on any failure {@link discard}.
   * Meanwhile more may be processed, for the next checkpoint.
   */
  checkpoint(): Checkpoint<Outcome> {
    this.expectIdle();
    if (this.handedOver !== null) throw new Error("a checkpoint is under way: call committed() or discard() first");
    const counters = this.currentCounters();
    const checkpoint = {
      records: this.records,
      outputs: this.outputs,
      rows: new Map([...this.stores].map(([name, store]) => [name, store.handOver()])),
      positions: [...this.positions.values()],
      outcomes: this.outcomes,
      receivedAtMs: this.receivedAtMs,
      counters,
    };
    this.handedOver = counters;
    this.reset();
    return checkpoint;
  }

  /** The checkpoint that was handed over is durable. */
  committed(): void {
    if (this.handedOver === null) throw new Error("no checkpoint is under way");
    for (const [name, count] of Object.entries(this.handedOver)) this.durableCounters.set(name, count);
    for (const store of this.stores.values()) store.committed();
    this.handedOver = null;
  }

  /** Drops what has gathered or was handed over, cached rows too: state, outputs and positions never part. */
  discard(): void {
    if (this.phase === "processing") throw new Error(BUSY.processing);
    for (const store of this.stores.values()) store.discard();
    this.positions.clear();
    this.handedOver = null;
    this.reset();
  }

  private reset(): void {
    this.outputs = [];
    this.outcomes = [];
    this.receivedAtMs = [];
    this.counted.clear();
    this.records = 0;
    this.bufferedBytes = 0;
    this.phase = "idle";
  }

  private currentCounters(): TaskCounters {
    const counters = new Map(this.durableCounters);
    const add = (name: string, difference: number) => counters.set(name, (counters.get(name) ?? 0) + difference);
    for (const [name, difference] of this.counted) add(name, difference);
    for (const [name, store] of this.stores) add(entriesCounter(name), store.addedRows);
    return Object.fromEntries(counters);
  }

  private expectIdle(): void {
    if (this.phase !== "idle") throw new Error(BUSY[this.phase]);
  }

  private sourceOf(topic: string): SourcePlan<Outcome> {
    const source = this.sources.get(topic);
    if (source === undefined) throw new Error(`topic "${topic}" is no source of "${this.options.subTopology.name}"`);
    return source;
  }

  private async learnSchemas(batch: readonly ConsumedRecord[]): Promise<void> {
    for (const { topic, value } of batch) {
      const { codec } = this.sourceOf(topic);
      const unknown = value === null || codec === null ? null : codec.unknownSchemaId(value);
      if (unknown !== null) await codec?.learn(unknown);
    }
  }

  private async loadRows(inputs: readonly Input[]): Promise<void> {
    if (this.stores.size === 0) return;
    const keys = new Set<string>();
    for (const { key } of inputs) if (key !== null) keys.add(key);
    for (const store of this.stores.values()) await store.load(keys);
  }

  private processRecord(input: Input): void {
    const { record } = input;
    const source = this.sourceOf(record.topic);
    const stream = streamRecord(input, source);
    if ("code" in stream) {
      this.refuse(record, stream);
      this.outcomes.push({ kind: "refused", code: stream.code });
    } else {
      for (const child of source.children) this.run(child, stream, input);
    }
    this.receivedAtMs.push(receivedAt(record));
    this.positions.set(record.topic, { topic: record.topic, partition: record.partition, offset: record.offset + 1 });
    this.records += 1;
  }

  /** Runs a processor, and through it the processors it forwards to. The builder has refused cycles. */
  private run(node: ProcessorNode<Outcome>, stream: StreamRecord<unknown>, input: Input): void {
    const context: ProcessorContext = {
      forward: (child, forwarded) => this.forward(node, child, forwarded, stream, input),
      store: <Row>(name: string) => this.storeOf(node, name) as KeyValueAccess<Row>,
      refuse: (refused) => this.refuse(input.record, refused),
      count: (name, difference) => void this.counted.set(name, (this.counted.get(name) ?? 0) + difference),
    };
    // The builder has checked that the processor takes what the source gives.
    this.outcomes.push(node.processor.process(stream as StreamRecord<never>, context));
  }

  private forward(
    from: ProcessorNode<Outcome>,
    childName: string,
    forwarded: ForwardedRecord<unknown>,
    stream: StreamRecord<unknown>,
    input: Input,
  ): void {
    const sink = this.sinks.get(childName);
    const child = sink?.node ?? this.processors.get(childName);
    if (child === undefined || !child.parents.includes(from.name)) {
      throw new Error(`processor "${from.name}" forwards to "${childName}", which is no child of it`);
    }
    if (child.kind === "processor") {
      const { key, value, headers = stream.headers } = forwarded;
      this.run(child, { ...stream, key, value, headers }, input);
    } else if (sink !== undefined) {
      this.emit(producedRecord(sink, forwarded, input));
    }
  }

  private storeOf(node: ProcessorNode<Outcome>, name: string): StoreBuffer {
    const store = this.stores.get(name);
    const spec = this.options.subTopology.stores.find((candidate) => candidate.name === name);
    if (store === undefined || spec === undefined || !spec.processors.includes(node.name)) {
      throw new Error(`processor "${node.name}" asks for store "${name}", which is not one of its stores`);
    }
    return store;
  }

  private refuse(record: ConsumedRecord, refused: Refusal): void {
    this.emit(deadLetter(this.deadLetterTopic, record, refused, this.options.now(record)));
  }

  private emit(output: ProducedRecord): void {
    this.outputs.push(output);
    this.bufferedBytes += sizeOfRecord(output);
  }
}

function producedRecord(
  sink: SinkPlan,
  { key, value, headers = {} }: ForwardedRecord<unknown>,
  { record, key: inputKey }: Input,
): ProducedRecord {
  return {
    topic: sink.node.topic,
    timestamp: record.timestamp,
    // Mostly the input's key: its bytes are at hand.
    key: key === null ? null : key === inputKey ? record.key : encodeText(key),
    value: encodeValue(sink, value),
    headers: Object.entries(headers).map(([name, text]) => ({ key: name, value: encodeText(text) })),
  };
}

function sourcePlan<Outcome>(
  node: SourceNode,
  subTopology: SubTopology<Outcome>,
  codecs: TopicCodecs,
): SourcePlan<Outcome> {
  const children = childrenOf(subTopology, node.name).filter((child) => child.kind === "processor");
  return { node, codec: codecOf(node, codecs), children };
}

function codecOf(node: SourceNode | SinkNode, codecs: TopicCodecs): ContractCodec<ContractName> | null {
  if (node.value === "bytes") return null;
  const codec = codecs.get(node.topic);
  if (codec === undefined) throw new Error(`no codec for topic "${node.topic}"`);
  return codec;
}

function storeBuffer(
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

function receivedAt({ headers, timestamp }: ConsumedRecord): number {
  const text = headerText(headers, RECEIVED_AT_HEADER);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : timestamp;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Of several with one name the last counts; one that is not UTF-8 reads as empty. */
function headerTexts(headers: readonly RecordHeader[]): Readonly<Record<string, string>> {
  if (headers.length === 0) return NO_HEADERS;
  const texts: Record<string, string> = {};
  for (const { key, value } of headers) {
    // As any other name, though objects have it already.
    if (key === "__proto__") Object.defineProperty(texts, key, { value: textOf(value), enumerable: true });
    else texts[key] = textOf(value);
  }
  return texts;
}

function textOf(value: Uint8Array | null): string {
  return value === null ? "" : (decodeText(value) ?? "");
}

/** The record with its key and value decoded, or why that cannot be done. */
function streamRecord({ record, key }: Input, { codec }: SourcePlan<unknown>): StreamRecord<unknown> | Refusal {
  if (record.key !== null && key === null) return refusal("BAD_KEY", "", "the record's key is not UTF-8");
  const { topic, partition, offset, timestamp } = record;
  const headers = headerTexts(record.headers);
  if (codec === null) {
    return { topic, partition, offset, timestamp, key, headers, value: record.value ?? new Uint8Array() };
  }
  if (record.value === null) return refusal("UNDECODABLE", "", "the record has no value");
  try {
    return { topic, partition, offset, timestamp, key, headers, value: codec.decode(record.value) };
  } catch (error) {
    if (error instanceof DecodeError) return refusal("UNDECODABLE", "", error.message);
    throw error;
  }
}

/** A task over a small sub-topology whose processors a test gives: one source decoded, one of bytes, two in a chain. */
import type { Processor } from "../../../processors/index.js";
import { openCodecs } from "../../../runtime/codecs.js";
import type { RowPage, RowPageOptions } from "../../../runtime/stores/index.js";
import {
  type Checkpoint,
  type ConsumedRecord,
  decodeText,
  encodeText,
  Task,
  type TopicCodecs,
} from "../../../runtime/task/index.js";
import { type ContractCodec, type ConversationEvent, writeFrameHeader } from "../../../schemas/index.js";
import { type SubTopology, type Topology, TopologyBuilder } from "../../../topology/index.js";
import { MemoryRegistry } from "../../schemas/registry/memory-registry.js";
import { sparse } from "../../schemas/samples.js";
import { MemoryStore } from "./memory-store.js";
import { consumed } from "./records.js";

type Process<Value> = Processor<Value, string>["process"];

export interface SampleProcessors {
  /** Decides the records of `events`; its store is `rows`. */
  readonly decider: Process<ConversationEvent>;
  /** Reads the records of `raw`; its stores are `rows` and `more-rows`. */
  readonly reader: Process<Uint8Array>;
  /** Takes what the reader forwards; has no store. */
  readonly follower: Process<Uint8Array>;
}

/** Rows of text. */
export const textCodec = {
  encode: (row: string) => encodeText(row),
  decode: (bytes: Uint8Array) => {
    const text = decodeText(bytes);
    if (text === null) throw new Error("a damaged row");
    return text;
  },
};

export const FAILED_AT = 1_700_000_000_000;

function idle(name: string) {
  return { process: () => name };
}

export function sampleTopology(processors: Partial<SampleProcessors> = {}): Topology<string> {
  const builder = new TopologyBuilder<string>();
  for (const name of ["events", "raw", "events-copy", "output", "rows-changelog", "more-rows-changelog"]) {
    builder.topic({ name, partitions: 4, cleanup: "delete" });
  }
  builder.topic({ name: "refused", partitions: 1, cleanup: "delete" });
  const { decider, reader, follower } = processors;
  builder
    .subTopology("sample")
    .source({ name: "events-source", topic: "events", value: "ConversationEvent" })
    .source({ name: "raw-source", topic: "raw", value: "bytes" })
    .processor({
      name: "decider",
      parents: ["events-source"],
      input: "ConversationEvent",
      processor: decider === undefined ? idle("decided") : { process: decider },
    })
    .processor({
      name: "reader",
      parents: ["raw-source"],
      input: "bytes",
      processor: reader === undefined ? idle("read") : { process: reader },
    })
    .processor({
      name: "follower",
      parents: ["reader"],
      input: "bytes",
      processor: follower === undefined ? idle("followed") : { process: follower },
    })
    .store({ name: "rows", processors: ["decider", "reader"], changelogTopic: "rows-changelog", codec: textCodec })
    .store({ name: "more-rows", processors: ["reader"], changelogTopic: "more-rows-changelog", codec: textCodec })
    .sink({ name: "copy-sink", parents: ["decider"], topic: "events-copy", value: "ConversationEvent" })
    .sink({ name: "output-sink", parents: ["reader", "follower"], topic: "output", value: "bytes" })
    .deadLetters({
      name: "refused-sink",
      parents: ["events-source", "raw-source", "decider", "reader", "follower"],
      topic: "refused",
    });
  return builder.build();
}

/** A store that tells what it was asked, and whose next answer can fail or be held back. */
export class WatchedStore extends MemoryStore {
  /** The keys of each call. */
  readonly asked: (readonly string[])[] = [];
  failure: Error | null = null;
  /** What the next answer waits for. */
  held: Promise<void> = Promise.resolve();

  override async getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.asked.push(keys);
    await this.held;
    if (this.failure !== null) throw this.failure;
    return super.getMany(keys);
  }

  /** How many pages were read. */
  pages = 0;

  override async page(options: RowPageOptions): Promise<RowPage> {
    this.pages += 1;
    // As a snapshot: what is written while the answer is held back is not in it.
    const page = await super.page(options);
    await this.held;
    if (this.failure !== null) throw this.failure;
    return page;
  }

  /** Its rows as text. */
  texts(): Record<string, string | null> {
    return Object.fromEntries([...this.entries()].map(([key, value]) => [key, decodeText(value)]));
  }
}

export interface Sample {
  readonly task: Task<string>;
  readonly subTopology: SubTopology<string>;
  readonly registry: MemoryRegistry;
  readonly codecs: TopicCodecs;
  readonly events: ContractCodec<"ConversationEvent">;
  readonly rows: WatchedStore;
  readonly moreRows: WatchedStore;
}

export async function openSample(processors: Partial<SampleProcessors> = {}): Promise<Sample> {
  const topology = sampleTopology(processors);
  const registry = new MemoryRegistry();
  const codecs = await openCodecs(topology, registry);
  const [subTopology] = topology.subTopologies;
  const events = codecs.get("events");
  if (subTopology === undefined || events === undefined) throw new Error("the sample has one sub-topology");
  const rows = new WatchedStore();
  const moreRows = new WatchedStore();
  const stores = new Map([
    ["rows", rows],
    ["more-rows", moreRows],
  ]);
  const task = new Task({ subTopology, codecs, stores, now: () => FAILED_AT });
  return { task, subTopology, registry, codecs, events: events as ContractCodec<"ConversationEvent">, rows, moreRows };
}

/** Hands over what has gathered, makes it durable, and says so: as an engine does. */
export function commit({ task, rows, moreRows }: Sample) {
  const checkpoint = task.checkpoint();
  rows.apply(checkpoint.rows.get("rows") ?? []);
  moreRows.apply(checkpoint.rows.get("more-rows") ?? []);
  task.committed();
  return checkpoint;
}

export const EVENT: ConversationEvent = sparse.ConversationEvent;

/** A record of `raw`. */
export function raw(offset: number, value: string, fields: Partial<ConsumedRecord> = {}): ConsumedRecord {
  return consumed({ topic: "raw", offset, value: encodeText(value), ...fields });
}

/** A record of `events`, its value framed with the schema's own id or another. */
export function framed({ events }: Sample, offset: number, schemaId = events.schemaId): ConsumedRecord {
  const value = Uint8Array.from(events.encode(EVENT));
  writeFrameHeader(value, schemaId);
  return consumed({ topic: "events", offset, value });
}

/** Appends what it reads to the row of the record's key, writes the row to the output, and says what it was. */
export const append: SampleProcessors["reader"] = ({ key, value }, context) => {
  const rows = context.store<string>("rows");
  const before = rows.get(key as never) ?? "";
  const row = before + (decodeText(value) ?? "?");
  rows.put(key as never, row);
  context.forward("output-sink", { key, value: encodeText(row) });
  return `was "${before}"`;
};

export function texts(outputs: Checkpoint<string>["outputs"]): (string | null)[] {
  return outputs.map(({ value }) => (value === null ? null : decodeText(value)));
}

export function rowTexts({ rows }: Checkpoint<string>, store = "rows"): (string | null)[][] {
  return (rows.get(store) ?? []).map(({ key, value }) => [key, value === null ? null : decodeText(value)]);
}

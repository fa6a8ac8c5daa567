/** One partition of one sub-topology: takes batches, gathers outputs and changed rows, hands them over at a checkpoint. */
import type {
  Control,
  ForwardedRecord,
  KeyValueAccess,
  ProcessorContext,
  Refusal,
  StreamRecord,
} from "../../processors/index.js";
import type { SourcePosition } from "../../schemas/types.js";
import { nodesOfKind, type ProcessorNode, type SubTopology } from "../../topology/index.js";
import type { RowCache } from "../stores/row-cache.js";
import type { ReadableStore } from "../stores/store.js";
import { type Checkpoint, entriesCounter, type TaskCounters, type TaskOutcome } from "./checkpoint.js";
import { deadLetter } from "./dead-letter.js";
import { controlRecord, isControl, receivedAt, streamRecord } from "./decoding.js";
import { Forgetting } from "./forgetting.js";
import {
  codecOf,
  type Input,
  producedRecord,
  type SinkPlan,
  type SourcePlan,
  sourcePlan,
  storeBuffer,
  type TopicCodecs,
} from "./plans.js";
import { type ConsumedRecord, decodeText, type ProducedRecord, sizeOfRecord } from "./records.js";
import { RowScan, type Scanning } from "./row-scan.js";
import type { StoreBuffer } from "./store-buffer.js";

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

/** Rows that a control record has looked at without letting others have their turn. */
const SCAN_PAGE_ROWS = 256;

/** What is going on in a task. After a failure in the middle of a record only {@link Task.discard} may follow. */
type Phase = "idle" | "processing" | "failed";

const BUSY: Readonly<Record<Exclude<Phase, "idle">, string>> = {
  processing: "a batch is being processed: wait for process() first",
  failed: "a record failed half-way: call discard() first",
};

export class Task<Outcome> {
  private readonly sources: ReadonlyMap<string, SourcePlan<Outcome>>;
  private readonly processors: ReadonlyMap<string, ProcessorNode<Outcome>>;
  private readonly sinks: ReadonlyMap<string, SinkPlan>;
  private readonly stores: ReadonlyMap<string, StoreBuffer>;
  private readonly forgetting: Forgetting<Outcome>;
  private readonly deadLetterTopic: string;
  private readonly positions = new Map<string, SourcePosition>();
  private outputs: ProducedRecord[] = [];
  private outcomes: TaskOutcome<Outcome>[] = [];
  private receivedAtMs: number[] = [];
  private rowOutcomes: Outcome[] = [];
  private scanning: Scanning<Outcome> | null = null;
  /** Of the batch at hand, what comes behind a control record. */
  private behind: readonly Input[] = [];
  private readonly durableCounters: Map<string, number>;
  private readonly counted = new Map<string, number>();
  private records = 0;
  private bufferedBytes = 0;
  /** All that were ever made. */
  private refusals = 0;
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
    this.forgetting = new Forgetting(subTopology, this.stores);
    this.forgetting.setTo(this.durableCounters);
    const [deadLetters] = nodesOfKind(subTopology, "dead-letters");
    if (deadLetters === undefined) throw new Error(`sub-topology "${subTopology.name}" has no dead-letters node`);
    this.deadLetterTopic = deadLetters.topic;
  }

  /** How much has gathered since the last checkpoint: what the engine bounds. Rows that something became of count as records. */
  get buffered(): { readonly records: number; readonly sizeBytes: number } {
    return { records: this.records + this.rowOutcomes.length, sizeBytes: this.bufferedBytes };
  }

  /** Whether the batch at hand holds a control record that is not done yet: then {@link proceed} comes before the next batch. */
  get hasMore(): boolean {
    return this.scanning !== null || this.behind.length > 0;
  }

  /**
   * Processes records in the order given. Outputs and changed rows gather; nothing is written. At a control record that is for
   * all rows it stops: see {@link hasMore}.
   * @throws SchemaRegistryError, or the store's error, before anything has gathered: the batch may be tried again. After
   * any other error {@link discard} must follow: half a record may have gathered.
   */
  async process(batch: readonly ConsumedRecord[]): Promise<void> {
    this.expectIdle();
    if (this.hasMore) throw new Error("a batch is not done yet: call proceed() first");
    await this.take(batch.map((record) => ({ record, key: record.key === null ? null : decodeText(record.key) })));
  }

  /**
   * Goes on with the batch at hand: a page of rows, or what comes behind the control record. Checkpoints may come in between; until
   * all rows were looked at their positions stay before the control record, so that a failure has it executed again from the first row.
   * @throws as {@link process}: it may be called again
   */
  async proceed(): Promise<void> {
    this.expectIdle();
    if (this.scanning === null) await this.take(this.behind);
    else await this.scanOn(this.scanning);
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
      rowOutcomes: this.rowOutcomes,
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
    this.scanning = null;
    this.behind = [];
    this.forgetting.setTo(this.durableCounters);
    this.reset();
  }

  private reset(): void {
    this.outputs = [];
    this.outcomes = [];
    this.receivedAtMs = [];
    this.rowOutcomes = [];
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
    return { ...Object.fromEntries(counters), ...this.forgetting.counters };
  }

  private expectIdle(): void {
    if (this.phase !== "idle") throw new Error(BUSY[this.phase]);
  }

  private sourceOf(topic: string): SourcePlan<Outcome> {
    const source = this.sources.get(topic);
    if (source === undefined) throw new Error(`topic "${topic}" is no source of "${this.options.subTopology.name}"`);
    return source;
  }

  private async take(inputs: readonly Input[]): Promise<void> {
    this.phase = "processing";
    try {
      await this.learnSchemas(inputs);
      this.rowOutcomes.push(...(await this.forgetting.sweep(inputs.length, this.counting)));
      await this.loadRows(inputs);
    } finally {
      this.phase = "idle";
    }
    this.phase = "failed";
    this.behind = [];
    for (const [index, input] of inputs.entries()) {
      this.processRecord(input);
      if (this.scanning === null) continue;
      this.behind = inputs.slice(index + 1);
      break;
    }
    this.phase = "idle";
  }

  private async scanOn({ input, rows, node, control }: Scanning<Outcome>): Promise<void> {
    this.phase = "processing";
    const page = await rows.next(SCAN_PAGE_ROWS).finally(() => {
      this.phase = "idle";
    });
    this.phase = "failed";
    for (const [key, row] of page.rows) this.visit(key, row, control, node, input);
    if (page.isLast) {
      this.scanning = null;
      this.done(input.record);
    }
    this.phase = "idle";
  }

  private async learnSchemas(inputs: readonly Input[]): Promise<void> {
    for (const { record } of inputs) {
      const { topic, value } = record;
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
    if (source.controller !== null && isControl(record)) {
      this.execute(source.controller, input);
      return;
    }
    const stream = streamRecord(input, source);
    if ("code" in stream) {
      this.refuseUndecided(record, stream);
    } else {
      const refusals = this.refusals;
      if (input.key !== null) this.rowOutcomes.push(...this.forgetting.forget(input.key, this.counting));
      for (const child of source.children) this.run(child, stream, input);
      if (this.refusals === refusals) this.forgetting.advance(record.timestamp);
      this.receivedAtMs.push(receivedAt(record));
    }
    this.done(record);
  }

  private done({ topic, partition, offset }: ConsumedRecord): void {
    this.positions.set(topic, { topic, partition, offset: offset + 1 });
    this.records += 1;
  }

  /** Of one row at once; of all of them page by page, before the next record. */
  private execute(node: ProcessorNode<Outcome>, input: Input): void {
    const { record } = input;
    const stream = controlRecord(input);
    const control: Control<Outcome> =
      "code" in stream
        ? { kind: "refused", refusal: stream }
        : (node.processor.control?.(stream) ?? { kind: "nothing" });
    if (control.kind === "refused") this.refuseUndecided(record, control.refusal);
    if (control.kind === "rows") {
      const store = this.storeOf(node, control.store);
      if (control.key === null) {
        this.scanning = { input, rows: new RowScan(store), node, control };
        return;
      }
      this.visit(control.key, store.get(control.key), control, node, input);
    }
    this.done(record);
  }

  private visit(
    key: string,
    row: unknown,
    control: Scanning<Outcome>["control"],
    node: ProcessorNode<Outcome>,
    input: Input,
  ): void {
    // What has expired counts as gone, whether the sweep has come by or not.
    if (this.forgetting.isGone(control.store, row)) return;
    const forward: ProcessorContext["forward"] = (child, forwarded) =>
      this.forward(node, child, forwarded, null, input);
    const outcome = control.visit(key, row as never, { forward });
    if (outcome !== null) this.rowOutcomes.push(outcome);
  }

  private readonly counting: Pick<ProcessorContext, "count"> = {
    count: (name, difference) => void this.counted.set(name, (this.counted.get(name) ?? 0) + difference),
  };

  /** Runs a processor, and through it the processors it forwards to. The builder has refused cycles. */
  private run(node: ProcessorNode<Outcome>, stream: StreamRecord<unknown>, input: Input): void {
    const context: ProcessorContext = {
      forward: (child, forwarded) => this.forward(node, child, forwarded, stream, input),
      store: <Row>(name: string) => this.storeOf(node, name) as KeyValueAccess<Row>,
      refuse: (refused) => this.refuse(input.record, refused),
      ...this.counting,
    };
    // The builder has checked that the processor takes what the source gives.
    this.outcomes.push(node.processor.process(stream as StreamRecord<never>, context));
  }

  /** @param stream null when the record has no value to be forwarded to a processor */
  private forward(
    from: ProcessorNode<Outcome>,
    childName: string,
    forwarded: ForwardedRecord<unknown>,
    stream: StreamRecord<unknown> | null,
    input: Input,
  ): void {
    const sink = this.sinks.get(childName);
    const child = sink?.node ?? this.processors.get(childName);
    if (child === undefined || !child.parents.includes(from.name)) {
      throw new Error(`processor "${from.name}" forwards to "${childName}", which is no child of it`);
    }
    if (child.kind === "processor") {
      if (stream === null) throw new Error(`processor "${from.name}" forwards rows to "${childName}": to sinks only`);
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

  /** No processor has taken it. */
  private refuseUndecided(record: ConsumedRecord, refused: Refusal): void {
    this.refuse(record, refused);
    this.outcomes.push({ kind: "refused", code: refused.code });
    this.receivedAtMs.push(receivedAt(record));
  }

  private refuse(record: ConsumedRecord, refused: Refusal): void {
    this.refusals += 1;
    this.emit(deadLetter(this.deadLetterTopic, record, refused, this.options.now(record)));
  }

  private emit(output: ProducedRecord): void {
    this.outputs.push(output);
    this.bufferedBytes += sizeOfRecord(output);
  }
}

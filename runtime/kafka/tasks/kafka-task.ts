/** One task as the Kafka engine holds it: its input, where it stands, and its part of a checkpoint. */
import { SchemaRegistryError } from "../../../schemas/index.js";
import type { Counter, Positions, SourcePosition } from "../../../schemas/types.js";
import { nodesOfKind, type SubTopology } from "../../../topology/index.js";
import type { TopicLag } from "../../engine.js";
import { LifeCycle, TASK_MOVES, type TaskState } from "../../life-cycle.js";
import type { TaskObserver } from "../../observer.js";
import { StorageError } from "../../rocksdb/index.js";
import { type Checkpoint, type ConsumedRecord, consumedRecords, InputOrder, type Task } from "../../task/index.js";
import type { TaskPart } from "../commit/checkpoint-writer.js";
import { asError, ProcessingError } from "../engine-errors.js";
import type { Page } from "../wire/index.js";

export interface KafkaTaskSettings {
  readonly maxTaskIdleMs: number;
  readonly maxBufferedBytes: number;
}

/** The end of a source partition, as last heard of. */
export interface SourceEnd {
  /** Committed records end here. */
  readonly stable: number;
  /** All records end here, those of open transactions too. */
  readonly high: number;
}

export interface HandedOver<Outcome> {
  readonly task: KafkaTask<Outcome>;
  readonly checkpoint: Checkpoint<Outcome>;
  readonly part: TaskPart;
}

/** Where one source stands. */
interface Place {
  /** The next offset to be read. */
  readTo: number;
  /** The offset after the last record that came in. */
  added: number;
  /** The offset after the last committed record; what lies between it and `readTo` without records counts as done. */
  done: number;
}

/** Everything that a start needs to know. */
export interface TaskStart<Outcome> {
  readonly task: Task<Outcome>;
  readonly checkpoint: number;
  /** By topic: the first offset to be processed. */
  readonly offsets: ReadonlyMap<string, number>;
  /** By topic: where it ended when the task was built. */
  readonly ends: ReadonlyMap<string, number>;
}

/**
 * What is known to be there is waited for so long, be `maxTaskIdleMs` 0: it only has to be fetched, or the transaction that it
 * is of has to end.
 */
const FETCH_WAIT_MS = 500;

export class KafkaTask<Outcome> {
  readonly topics: readonly string[];
  readonly subTopology: string;
  private readonly lifeCycle: LifeCycle<TaskState>;
  private input: InputOrder;
  private places = new Map<string, Place>();
  private current: TaskStart<Outcome> | null = null;
  private checkpoints = 0;
  /** Taken, and not processed to its end. */
  private batch: readonly ConsumedRecord[] = [];

  constructor(
    private readonly of: SubTopology<Outcome>,
    readonly partition: number,
    private readonly settings: KafkaTaskSettings,
    /** Null while nothing has been heard of it. */
    private readonly heardEndOf: (topic: string) => SourceEnd | null,
    observer: TaskObserver<Outcome>,
  ) {
    this.subTopology = of.name;
    this.topics = nodesOfKind(of, "source").map(({ topic }) => topic);
    this.input = this.emptyInput();
    this.lifeCycle = new LifeCycle(`task ${of.name}-${partition}`, TASK_MOVES, "created", (from, to) =>
      observer.taskMoved?.({ subTopology: of.name, partition, from, to }),
    );
  }

  get state(): TaskState {
    return this.lifeCycle.state;
  }

  get isRunning(): boolean {
    return this.state === "running";
  }

  /** What has gathered since the last checkpoint. */
  get gathered(): { readonly records: number; readonly sizeBytes: number } {
    return this.current?.task.buffered ?? { records: 0, sizeBytes: 0 };
  }

  get lags(): readonly TopicLag[] {
    return this.topics.map((topic) => ({ topic, records: this.lagOf(topic) }));
  }

  get lag(): number {
    return this.lags.reduce((sum, { records }) => sum + records, 0);
  }

  /** The offset up to which everything of a source is committed; null before it runs. */
  doneTo(topic: string): number | null {
    return this.places.get(topic)?.done ?? null;
  }

  restoring(): void {
    this.lifeCycle.move("restoring");
  }

  /** Its stores are there: it processes from now on. */
  start(start: TaskStart<Outcome>): void {
    this.current = start;
    this.checkpoints = start.checkpoint;
    this.input = this.emptyInput();
    this.places = new Map(
      this.topics.map((topic) => {
        const offset = start.offsets.get(topic) ?? 0;
        return [topic, { readTo: offset, added: offset, done: offset }];
      }),
    );
    this.lifeCycle.move("running");
  }

  /** Nothing of it may be committed any more; it may be built again. */
  suspend(): void {
    this.drop();
    if (this.state === "running" || this.state === "restoring") this.lifeCycle.move("suspended");
  }

  close(): void {
    this.drop();
    if (this.state !== "closed") this.lifeCycle.move("closed");
  }

  add(page: Page): void {
    const place = this.place(page.topic);
    this.input.add(consumedRecords(page.topic, page.partition, page.records));
    const last = page.records.at(-1);
    if (last !== undefined) place.added = last.offset + 1;
    place.readTo = page.nextOffset;
    this.skipMarkers(place);
  }

  isFull(topic: string): boolean {
    return this.input.isFull(topic);
  }

  /** Whether records came in that were not processed yet. */
  get hasInput(): boolean {
    return this.batch.length > 0 || this.input.hasRecords;
  }

  /** Whether a control record is being executed, which may take long and write little. */
  get isExecuting(): boolean {
    return this.current?.task.hasMore === true;
  }

  /**
   * Processes the next records, in order; none when there is nothing that may be taken yet. A control record may take several calls.
   * @returns how many there were in the batch at hand
   * @throws SchemaRegistryError: they are processed by the next call
   * @throws StorageError, ProcessingError
   */
  async process(maxRecords: number, nowMs: number): Promise<number> {
    const task = this.running().task;
    if (this.batch.length === 0) {
      this.batch = this.input.take(maxRecords, nowMs, (topic) => this.endOf(topic).high > this.place(topic).readTo);
    }
    const count = this.batch.length;
    if (count === 0) return 0;
    try {
      await (task.hasMore ? task.proceed() : task.process(this.batch));
    } catch (error) {
      throw this.named(error);
    }
    if (!task.hasMore) this.batch = [];
    return count;
  }

  /** What a processor throws is a defect: the message says where it was found. */
  private named(error: unknown): unknown {
    const [first] = this.batch;
    if (error instanceof SchemaRegistryError || error instanceof StorageError || first === undefined) return error;
    const because = asError(error).message;
    return new ProcessingError(
      `task ${this.subTopology}-${this.partition}: a record at or behind ${first.topic}-${first.partition} offset ${first.offset} could not be processed: ${because}`,
      { cause: error },
    );
  }

  /** What has gathered, as a part of a checkpoint. */
  handOver(): HandedOver<Outcome> {
    const { task } = this.running();
    const checkpoint = task.checkpoint();
    this.checkpoints += 1;
    const positions = { checkpoint: this.checkpoints, positions: this.positionsWith(checkpoint.positions) };
    const counters: Counter[] = Object.entries(checkpoint.counters).map(([name, count]) => ({ name, count }));
    const [store] = this.of.stores;
    const rows = store === undefined ? [] : (checkpoint.rows.get(store.name) ?? []);
    const part = {
      partition: this.partition,
      outputs: checkpoint.outputs,
      rows,
      positions: { ...positions, counters } satisfies Positions,
    };
    return { task: this, checkpoint, part };
  }

  /** What was handed over is durable. */
  committed({ checkpoint }: HandedOver<Outcome>): void {
    this.running().task.committed();
    for (const { topic, offset } of checkpoint.positions) {
      const place = this.place(topic);
      place.done = Math.max(place.done, offset);
      this.skipMarkers(place);
    }
  }

  /** All sources are named, those too that stood still. */
  private positionsWith(changed: readonly SourcePosition[]): SourcePosition[] {
    return this.topics.map((topic) => {
      const offset = changed.find((position) => position.topic === topic)?.offset ?? this.running().offsets.get(topic);
      return { topic, partition: this.partition, offset: offset ?? 0 };
    });
  }

  /** Behind the last record there may be markers of transactions: when all records are done, these are too. */
  private skipMarkers(place: Place): void {
    if (place.done >= place.added) place.done = Math.max(place.done, place.readTo);
  }

  private endOf(topic: string): SourceEnd {
    const end = this.current?.ends.get(topic) ?? 0;
    return this.heardEndOf(topic) ?? { stable: end, high: end };
  }

  private lagOf(topic: string): number {
    const place = this.places.get(topic);
    return place === undefined ? 0 : Math.max(0, this.endOf(topic).stable - place.done);
  }

  private drop(): void {
    this.current?.task.discard();
    this.current = null;
    this.batch = [];
    this.input = this.emptyInput();
    this.places = new Map();
  }

  private emptyInput(): InputOrder {
    const { maxTaskIdleMs, maxBufferedBytes } = this.settings;
    return new InputOrder(this.topics, { maxTaskIdleMs: Math.max(maxTaskIdleMs, FETCH_WAIT_MS), maxBufferedBytes });
  }

  private place(topic: string): Place {
    const place = this.places.get(topic);
    if (place === undefined) throw new Error(`task ${this.subTopology}-${this.partition} does not read ${topic} now`);
    return place;
  }

  private running(): TaskStart<Outcome> {
    if (this.current === null) throw new Error(`task ${this.subTopology}-${this.partition} is not running`);
    return this.current;
  }
}

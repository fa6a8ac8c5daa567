/** Runs one task of the embedded engine: reads its source partitions, processes, and commits, until it is told to stop. */
import { nodesOfKind, type SubTopology } from "../../topology/index.js";
import type { TopicLag } from "../engine.js";
import { LifeCycle, TASK_MOVES, type TaskState } from "../life-cycle.js";
import type { TaskObserver } from "../observer.js";
import { Signal } from "../signal.js";
import { type Checkpoint, InputOrder, type Task } from "../task/index.js";
import type { SourceLog } from "./source-log.js";
import type { EmbeddedStorage } from "./storage.js";

export interface RunnerSettings {
  /** How long to wait for a source that has records which have not been read yet (ms). */
  readonly maxTaskIdleMs: number;
  /** A checkpoint is made when so long has passed since its first record (ms), and at once when nothing waits. */
  readonly checkpointIntervalMs: number;
  readonly maxCheckpointRecords: number;
  readonly maxCheckpointBytes: number;
  /** Records that are processed without letting others have their turn. */
  readonly maxBatchRecords: number;
  /** What is read ahead, per source partition. */
  readonly maxBufferedBytes: number;
}

export const DEFAULT_RUNNER: RunnerSettings = {
  maxTaskIdleMs: 0,
  checkpointIntervalMs: 100,
  maxCheckpointRecords: 10_000,
  maxCheckpointBytes: 8 * 1024 * 1024,
  maxBatchRecords: 1_000,
  maxBufferedBytes: 1024 * 1024,
};

export interface RunnerPorts<Outcome> {
  readonly task: Task<Outcome>;
  readonly subTopology: SubTopology<Outcome>;
  readonly partition: number;
  readonly storage: EmbeddedStorage;
  /** What its source topics are read from. */
  readonly sources: SourceLog;
  readonly observer: TaskObserver<Outcome>;
  /** Told when records are done with that no checkpoint will name, as there are none at their offsets. */
  readonly passed: () => void;
  /** A monotonic clock (ms). */
  readonly monotonicMs: () => number;
}

export class TaskRunner<Outcome> {
  readonly subTopology: string;
  readonly partition: number;
  private readonly topics: readonly string[];
  private readonly input: InputOrder;
  /** What was read: from here on the log is read next. */
  private readonly readTo = new Map<string, number>();
  /** What was committed: records before it are done. */
  private readonly doneTo = new Map<string, number>();
  private readonly signal = new Signal();
  private readonly lifeCycle: LifeCycle<TaskState>;
  private stopping = false;

  constructor(
    private readonly ports: RunnerPorts<Outcome>,
    private readonly settings: RunnerSettings,
  ) {
    const { subTopology, partition, storage, sources, observer } = ports;
    this.subTopology = subTopology.name;
    this.partition = partition;
    this.topics = nodesOfKind(subTopology, "source").map(({ topic }) => topic);
    this.input = new InputOrder(this.topics, settings);
    this.lifeCycle = new LifeCycle(`task ${this.subTopology}-${partition}`, TASK_MOVES, "created", (from, to) => {
      observer.taskMoved?.({ subTopology: subTopology.name, partition, from, to });
    });
    const known = storage.positions(subTopology.name, partition)?.positions ?? [];
    for (const topic of this.topics) {
      const offset =
        known.find((position) => position.topic === topic)?.offset ?? sources.startOffset(topic, partition);
      this.readTo.set(topic, offset);
      this.doneTo.set(topic, offset);
    }
  }

  get state(): TaskState {
    return this.lifeCycle.state;
  }

  reads(topic: string): boolean {
    return this.topics.includes(topic);
  }

  /** Records of its sources that are not committed yet. */
  get lag(): number {
    return this.topics.reduce((sum, topic) => sum + this.lagOf(topic), 0);
  }

  get lags(): readonly TopicLag[] {
    return this.topics.map((topic) => ({ topic, records: this.lagOf(topic) }));
  }

  /** There may be something to do. */
  wake(): void {
    this.signal.wake();
  }

  /** Finishes the checkpoint at hand; {@link run} then resolves. */
  stop(): void {
    this.stopping = true;
    this.wake();
  }

  /** Resolves once it was told to stop. @throws what a read, a processor or a commit threw: nothing of its checkpoint is kept. */
  async run(): Promise<void> {
    // The rows are where the commits are: there is nothing to bring up to date.
    this.lifeCycle.move("restoring");
    this.lifeCycle.move("running");
    try {
      while (!this.stopping) {
        if (!(await this.checkpoint())) await this.signal.wait();
      }
    } catch (error) {
      this.ports.task.discard();
      throw error;
    } finally {
      this.lifeCycle.move("closed");
    }
  }

  /** @returns whether there was anything to process. */
  private async checkpoint(): Promise<boolean> {
    const { task, subTopology, partition, observer, monotonicMs } = this.ports;
    const beganMs = monotonicMs();
    if (!(await this.gather(beganMs))) {
      if (this.passGaps()) this.ports.passed();
      // Of the rows that a control record has looked at, there may be none to be written.
      return task.hasMore;
    }
    const checkpoint = task.checkpoint();
    const commitBeganMs = monotonicMs();
    await this.commit(checkpoint);
    task.committed();
    for (const { topic, offset } of checkpoint.positions) this.doneTo.set(topic, offset);
    this.passGaps();
    const { records, outcomes, receivedAtMs, rowOutcomes, counters } = checkpoint;
    const commitMs = monotonicMs() - commitBeganMs;
    observer.committed({
      subTopology: subTopology.name,
      partition,
      records,
      outcomes,
      receivedAtMs,
      rowOutcomes,
      counters,
      commitMs,
    });
    return true;
  }

  /** Where nothing is left of what was read, all of it is done: behind the last record there may be offsets without any. */
  private passGaps(): boolean {
    let passed = false;
    // The batch at hand is taken, and not done.
    if (this.ports.task.hasMore) return false;
    for (const topic of this.topics) {
      const readTo = this.readTo.get(topic) ?? 0;
      if (this.input.hasRecordsOf(topic) || this.doneTo.get(topic) === readTo) continue;
      this.doneTo.set(topic, readTo);
      passed = true;
    }
    return passed;
  }

  private async commit({ outputs, rows, positions, counters }: Checkpoint<Outcome>): Promise<void> {
    const { storage, subTopology, partition, observer } = this.ports;
    try {
      await storage.committer.commitWhenReady({
        outputs,
        rows: [...rows].map(([store, changed]) => ({ store, partition, rows: changed })),
        positions: { subTopology: subTopology.name, partition, positions, counters },
      });
    } catch (error) {
      observer.commitFailed?.(subTopology.name, partition);
      throw error;
    }
  }

  /** Processes batches until nothing waits or a bound is reached. */
  private async gather(beganMs: number): Promise<boolean> {
    const { task, monotonicMs } = this.ports;
    const { maxBatchRecords, maxCheckpointRecords, maxCheckpointBytes, checkpointIntervalMs } = this.settings;
    for (;;) {
      const worked = task.hasMore ? await this.proceed() : await this.processNext(maxBatchRecords);
      const { records, sizeBytes } = task.buffered;
      const full = records >= maxCheckpointRecords || sizeBytes >= maxCheckpointBytes;
      if (!worked || full || this.stopping || monotonicMs() - beganMs >= checkpointIntervalMs) return records > 0;
      // Other tasks, requests and timers have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private async processNext(maxRecords: number): Promise<boolean> {
    await this.fill();
    const batch = this.input.take(maxRecords, this.ports.monotonicMs(), (topic) => this.hasUnread(topic));
    if (batch.length > 0) await this.ports.task.process(batch);
    return batch.length > 0;
  }

  private async proceed(): Promise<boolean> {
    await this.ports.task.proceed();
    return true;
  }

  private async fill(): Promise<void> {
    const { sources, partition } = this.ports;
    for (const topic of this.topics) {
      if (this.input.isFull(topic) || !this.hasUnread(topic)) continue;
      const slice = await sources.read(topic, partition, this.readTo.get(topic) ?? 0, this.settings.maxBufferedBytes);
      this.input.add(slice.records);
      this.readTo.set(topic, slice.nextOffset);
    }
  }

  private hasUnread(topic: string): boolean {
    return (this.readTo.get(topic) ?? 0) < this.end(topic);
  }

  private lagOf(topic: string): number {
    return this.end(topic) - (this.doneTo.get(topic) ?? 0);
  }

  private end(topic: string): number {
    return this.ports.sources.endOffset(topic, this.ports.partition);
  }
}

/** The tasks of one sub-topology in this instance, from one fence to the next: assigned, built, processed, and made durable together. */
import { SchemaRegistryError } from "../../schemas/index.js";
import type { TaskStatus } from "../engine.js";
import { Signal } from "../signal.js";
import { LruRowCache } from "../stores/index.js";
import { Task } from "../task/index.js";
import { Checkpoints, type CheckpointWriter, openCheckpointWriter, transactionsOf } from "./commit/index.js";
import { asError } from "./engine-errors.js";
import { LIMITS, type RunnerPorts } from "./runner-ports.js";
import { unlessAborted } from "./tasks/abortable.js";
import { KafkaTask } from "./tasks/kafka-task.js";
import { Sources } from "./tasks/sources.js";
import { type TakenOver, takeOver } from "./tasks/takeover.js";
import type { Assignment, GroupMembership } from "./wire/index.js";

/** Records that may not be taken yet are looked at again. */
const LOOK_AGAIN_MS = 10;
const REGISTRY_PAUSE_MS = 1_000;

interface Building {
  readonly ended: AbortController;
  readonly done: Promise<void>;
}

export class TaskGroup<Outcome> {
  private readonly all = new Map<number, KafkaTask<Outcome>>();
  private readonly signal = new Signal();
  private readonly checkpoints: Checkpoints<Outcome>;
  /** What is to be, and what has been made of it. */
  private wanted: Assignment | null = null;
  private applied: Assignment | null = null;
  private inRebalance = true;
  private isLost = false;
  private stopping = false;
  private fault: Error | null = null;
  private writer: CheckpointWriter | null = null;
  private sources: Sources<Outcome> | null = null;
  private building: Building | null = null;
  private timer: { readonly atMs: number; readonly timeout: NodeJS.Timeout } | null = null;
  private nextTask = 0;
  private lastProgressMs = performance.now();

  constructor(
    private readonly ports: RunnerPorts<Outcome>,
    private readonly membership: GroupMembership,
    private readonly groupId: string,
  ) {
    this.checkpoints = new Checkpoints(ports, {
      committed: () => {
        this.progressed();
        this.signal.wake();
      },
      failed: (error) => this.fail(error),
    });
  }

  get tasks(): readonly TaskStatus[] {
    return [...this.all.values()].map(({ subTopology, partition, state, lag, lags }) => ({
      subTopology,
      partition,
      state,
      lag,
      lags,
    }));
  }

  get isReady(): boolean {
    const settled = this.applied !== null && this.applied === this.wanted && !this.inRebalance;
    return this.isLive && settled && [...this.all.values()].every(({ isRunning }) => isRunning);
  }

  get hasWork(): boolean {
    return !this.isReady || this.checkpoints.isUnderWay || [...this.all.values()].some(({ lag }) => lag > 0);
  }

  /** What it has to do, for people. */
  get work(): string {
    if (!this.isReady) return "its tasks are not all running";
    return this.checkpoints.isUnderWay ? "a checkpoint is under way" : "records wait";
  }

  get progressMs(): number {
    return this.lastProgressMs;
  }

  /** Whether it is between two fences. */
  get isLive(): boolean {
    return this.sources !== null;
  }

  doneTo(topic: string, partition: number): number | null {
    return this.all.get(partition)?.doneTo(topic) ?? null;
  }

  /** Who owns what is being settled anew: checkpoints wait for the outcome, as one for a task that is lost would fail for all. */
  rebalancing(): void {
    this.inRebalance = true;
  }

  assign(assignment: Assignment): void {
    this.wanted = assignment;
    this.inRebalance = false;
    this.signal.wake();
  }

  /** Others may have everything by now. */
  lost(_: Error): void {
    this.wanted = null;
    this.isLost = true;
    this.signal.wake();
  }

  stop(): void {
    this.stopping = true;
    this.signal.wake();
  }

  fail(error: Error): void {
    this.fault ??= error;
    this.signal.wake();
  }

  /** Nothing of them is here any more. */
  closeTasks(): void {
    for (const task of this.all.values()) task.close();
    this.all.clear();
  }

  /** From a fence to the next: returns when it was told to stop. @throws what has failed; nothing that is not durable is kept */
  async live(): Promise<void> {
    const ended = new AbortController();
    this.fault = null;
    this.applied = null;
    try {
      this.writer = await openCheckpointWriter(this.ports);
      this.sources = new Sources(this.ports.cluster, {
        taskOf: (partition) => this.all.get(partition),
        came: () => this.signal.wake(),
        failed: (error) => this.fail(error),
      });
      await this.loop(ended.signal);
    } finally {
      ended.abort();
      await this.writer?.close();
      await this.stopBuilding();
      await this.checkpoints.settled();
      await this.sources?.close();
      this.writer = null;
      this.sources = null;
      if (this.timer !== null) clearTimeout(this.timer.timeout);
      this.timer = null;
      for (const task of this.all.values()) task.suspend();
    }
  }

  private async loop(signal: AbortSignal): Promise<void> {
    for (;;) {
      this.mustGoOn();
      if (this.stopping) return this.finish();
      await this.applyAssignment(signal);
      const worked = await this.process();
      this.commitWhenDue();
      // Others have their turn: pages that came, timers, heartbeats.
      if (worked) await new Promise((resolve) => setImmediate(resolve));
      else await this.signal.wait();
    }
  }

  private mustGoOn(): void {
    if (this.fault !== null) throw this.fault;
  }

  /** What has been processed becomes durable; nothing more is taken. */
  private async finish(): Promise<void> {
    await this.stopBuilding();
    await this.checkpointEnded();
    this.commitNow();
    await this.checkpointEnded();
  }

  /** Until none is under way. One that hangs is waited for only while nothing else is wrong. @throws the fault */
  private async checkpointEnded(): Promise<void> {
    for (;;) {
      this.mustGoOn();
      if (!this.checkpoints.isUnderWay) return;
      await this.signal.wait();
    }
  }

  /** Compared with what runs, so that no partition is left without a task. */
  private async applyAssignment(signal: AbortSignal): Promise<void> {
    if (!this.isLost && this.wanted === this.applied) return;
    await this.stopBuilding();
    await this.checkpointEnded();
    const { wanted, applied } = this;
    const keep = !this.isLost && applied !== null && wanted !== null && continues(applied, wanted);
    this.isLost = false;
    for (const task of this.all.values()) {
      const stays = wanted?.partitions.includes(task.partition) ?? true;
      if (stays && keep && task.isRunning) continue;
      if (task.isRunning) this.sources?.readNoMore(task);
      if (stays) {
        task.suspend();
      } else {
        task.close();
        this.all.delete(task.partition);
      }
    }
    this.applied = wanted;
    if (wanted === null) return;
    this.progressed();
    const missing = wanted.partitions.filter((partition) => !this.all.get(partition)?.isRunning);
    if (missing.length > 0) this.build(missing, signal);
    this.ports.onSettled();
  }

  private build(partitions: readonly number[], signal: AbortSignal): void {
    for (const partition of partitions) {
      let task = this.all.get(partition);
      if (task === undefined) {
        task = this.newTask(partition);
        this.all.set(partition, task);
      }
      task.restoring();
    }
    const ended = new AbortController();
    const end = () => ended.abort();
    signal.addEventListener("abort", end, { once: true });
    const done = this.takeOver(partitions, ended.signal)
      .catch((error: unknown) => {
        if (!ended.signal.aborted) this.fail(asError(error));
      })
      .finally(() => signal.removeEventListener("abort", end));
    this.building = { ended, done };
  }

  private async stopBuilding(): Promise<void> {
    this.building?.ended.abort();
    await this.building?.done;
    this.building = null;
  }

  private async takeOver(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    const { observer, subTopology, log } = this.ports;
    // Whoever had them before can commit for them no more.
    const { generationId } = await unlessAborted(this.membership.heartbeatNow(), signal);
    if (signal.aborted || generationId !== this.applied?.generationId) return;
    const request = { groupId: this.groupId, partitions, transactions: transactionsOf(this.ports) };
    const listener = {
      progressed: ({ partition }: { readonly partition: number }, remaining: number) => {
        this.progressed();
        observer.restoring?.(subTopology.name, partition, remaining);
      },
      restored: (
        { partition }: { readonly partition: number },
        { records, durationMs }: { readonly records: number; readonly durationMs: number },
      ) => {
        observer.restored?.({ subTopology: subTopology.name, partition, records, durationMs });
        if (records > 0)
          log("info", "restored", { task: `${subTopology.name}-${partition}`, records, ms: Math.round(durationMs) });
      },
      taken: (taken: TakenOver) => {
        if (!signal.aborted) this.start(taken);
      },
    };
    await takeOver(request, this.ports, listener, signal);
  }

  private newTask(partition: number): KafkaTask<Outcome> {
    const { subTopology, settings, observer } = this.ports;
    const options = { maxTaskIdleMs: settings.maxTaskIdleMs, maxBufferedBytes: LIMITS.bufferedBytes };
    return new KafkaTask(
      subTopology,
      partition,
      options,
      (topic) => this.sources?.endOf({ topic, partition }) ?? null,
      observer,
    );
  }

  private start({ partition, offsets, ends }: TakenOver): void {
    const { subTopology, codecs, store, settings, observer, now } = this.ports;
    const kafkaTask = this.all.get(partition);
    if (kafkaTask === undefined || this.sources === null) return;
    const positions = store.task(subTopology.name, partition)?.positions ?? null;
    const counters = Object.fromEntries((positions?.counters ?? []).map(({ name, count }) => [name, count]));
    const { stores } = subTopology;
    const task = new Task<Outcome>({
      subTopology,
      codecs,
      stores: new Map(stores.map(({ name }) => [name, store.rows(name, partition)])),
      caches: new Map(stores.map(({ name }) => [name, new LruRowCache(settings.rowCacheBytes)])),
      counters,
      now: () => now(),
    });
    observer.taskOpened?.(subTopology.name, partition, counters);
    kafkaTask.start({ task, checkpoint: positions?.checkpoint ?? 0, offsets, ends });
    this.sources.read(partition, offsets);
    this.progressed();
    this.signal.wake();
  }

  /** @returns whether anything was processed. */
  private async process(): Promise<boolean> {
    const tasks = [...this.all.values()];
    let worked = false;
    for (let turn = 0; turn < tasks.length && !this.isFull; turn++) {
      const task = tasks[this.nextTask++ % tasks.length];
      if (!task?.isRunning || !task.hasInput) continue;
      if (await this.processOf(task)) worked = true;
      this.sources?.readOn(task);
    }
    return worked;
  }

  private async processOf(task: KafkaTask<Outcome>): Promise<boolean> {
    try {
      const count = await task.process(LIMITS.batchRecords, performance.now());
      if (count === 0) this.wakeIn(LOOK_AGAIN_MS);
      // It may look at very many rows and have nothing to write.
      if (task.isExecuting) this.progressed();
      return count > 0;
    } catch (error) {
      if (!(error instanceof SchemaRegistryError)) throw error;
      const { subTopology, partition } = task;
      this.ports.log("warn", "the schema registry is needed and cannot be asked: this is tried again", {
        task: `${subTopology}-${partition}`,
        because: error.message,
      });
      this.wakeIn(REGISTRY_PAUSE_MS);
      return false;
    }
  }

  private get gathered(): { readonly records: number; readonly sizeBytes: number } {
    let records = 0;
    let sizeBytes = 0;
    for (const { gathered } of this.all.values()) {
      records += gathered.records;
      sizeBytes += gathered.sizeBytes;
    }
    return { records, sizeBytes };
  }

  private get isFull(): boolean {
    const { records, sizeBytes } = this.gathered;
    return records >= LIMITS.gatheredRecords || sizeBytes >= LIMITS.gatheredBytes;
  }

  /** At once when nothing more waits: what comes at a low rate takes no longer than a transaction. */
  private commitWhenDue(): void {
    if (this.checkpoints.isUnderWay || this.gathered.records === 0) return;
    const more = [...this.all.values()].some(({ hasInput }) => hasInput);
    const { dueInMs } = this.checkpoints;
    if (more && !this.isFull && dueInMs > 0) this.wakeIn(dueInMs);
    else this.commitNow();
  }

  private commitNow(): void {
    const { member } = this.membership;
    const { applied, writer } = this;
    // One that has failed has left its rows handed over: they are dropped first.
    if (this.fault !== null || this.inRebalance || this.wanted !== applied || writer === null) return;
    if (member === null || member.generationId !== applied?.generationId) return;
    const tasks = [...this.all.values()].filter(({ isRunning, gathered }) => isRunning && gathered.records > 0);
    if (tasks.length === 0) return;
    this.checkpoints.begin(tasks, writer, member);
  }

  private progressed(): void {
    this.lastProgressMs = performance.now();
  }

  /** Or earlier, when it was to be earlier already. */
  private wakeIn(ms: number): void {
    const atMs = performance.now() + ms;
    if (this.timer !== null && this.timer.atMs <= atMs) return;
    if (this.timer !== null) clearTimeout(this.timer.timeout);
    const timeout = setTimeout(() => {
      this.timer = null;
      this.signal.wake();
    }, ms);
    this.timer = { atMs, timeout };
  }
}

/** Whether nobody else can have had the partitions in between: the very next generation, as the same member. */
function continues(before: Assignment, after: Assignment): boolean {
  return after.memberId === before.memberId && after.generationId === before.generationId + 1;
}

/** The embedded engine: every task of a topology in this process, on one data folder, with no server. */
import { type ContractCodec, LocalSchemaRegistry } from "../../schemas/index.js";
import type { ContractName, Positions } from "../../schemas/types.js";
import type { SubTopology, Topology } from "../../topology/index.js";
import { openCodecs } from "../codecs.js";
import type { Engine, TaskBytes, TaskStatus } from "../engine.js";
import { ENGINE_MOVES, type EngineState, LifeCycle } from "../life-cycle.js";
import type { StateReading } from "../live/index.js";
import type { CommittedReport, TaskObserver } from "../observer.js";
import { LruRowCache } from "../stores/row-cache.js";
import type { RowStore } from "../stores/row-store.js";
import { Task, type TopicCodecs } from "../task/index.js";
import type { AppendRecord, Committed, StoreRows } from "./commit-request.js";
import type { FolderOwner } from "./identity.js";
import type { Log } from "./log/log.js";
import type { TopicSettings } from "./log/topic-settings.js";
import { type ForeignInput, type SourceLog, sourceLogOf } from "./source-log.js";
import { EmbeddedStorage, type StorageOptions } from "./storage.js";
import { DEFAULT_RUNNER, type RunnerSettings, TaskRunner } from "./task-runner.js";

export interface EmbeddedEngineOptions<Outcome> extends FolderOwner {
  readonly topology: Topology<Outcome>;
  /** The data folder; made when there is none. */
  readonly folder: string;
  /** Retention, per topic with cleanup "delete". Absent: nothing goes. */
  readonly retention?: (topic: string) => Pick<TopicSettings, "retentionMs" | "retentionBytes">;
  /** Source topics that are read from elsewhere. Absent: all of them are in the folder. */
  readonly input?: ForeignInput;
  readonly observer?: TaskObserver<Outcome>;
  readonly runner?: Partial<RunnerSettings>;
  /** Of decoded rows, all tasks together. Bytes of memory, about. */
  readonly rowCacheBytes?: number;
  readonly storage?: Partial<Omit<StorageOptions, "topics" | keyof FolderOwner>>;
  /** The wall clock, epoch ms. */
  readonly now?: () => number;
}

const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;
const DEFAULT_ROW_CACHE_BYTES = 64 * 1024 * 1024;

export class EmbeddedEngine<Outcome> implements Engine {
  readonly runners: readonly TaskRunner<Outcome>[];
  private readonly lifeCycle: LifeCycle<EngineState>;
  private readonly progress = new Set<() => void>();
  private running: Promise<void> = Promise.resolve();
  private failedWith: Error | null = null;
  private stopping: Promise<void> | null = null;

  private readonly sources: SourceLog;

  private constructor(
    private readonly options: EmbeddedEngineOptions<Outcome>,
    private readonly storage: EmbeddedStorage,
    readonly codecs: TopicCodecs,
  ) {
    this.sources = sourceLogOf(storage.log, options.input);
    const { observer } = options;
    this.lifeCycle = new LifeCycle("engine", ENGINE_MOVES, "starting", (from, to) => observer?.engineMoved?.(from, to));
    this.runners = options.topology.subTopologies.flatMap((subTopology) => this.runnersOf(subTopology));
  }

  /**
   * Opens the data folder; nothing runs yet.
   * @throws FolderInUseError, FolderIdentityError, StorageError, SchemaRegistryError
   */
  static async open<Outcome>(options: EmbeddedEngineOptions<Outcome>): Promise<EmbeddedEngine<Outcome>> {
    let engine: EmbeddedEngine<Outcome> | null = null;
    const storage = await EmbeddedStorage.open(options.folder, {
      cacheBytes: DEFAULT_CACHE_BYTES,
      ...options.storage,
      ...(options.now === undefined ? {} : { now: options.now }),
      applicationId: options.applicationId,
      topicPrefix: options.topicPrefix,
      partitions: options.partitions,
      topics: topicSettings(options),
      onAppended: (topic, partition, endOffset) => {
        engine?.wake(topic, partition);
        options.storage?.onAppended?.(topic, partition, endOffset);
      },
    });
    try {
      const registry = await LocalSchemaRegistry.open(storage.folder);
      const codecs = await openCodecs(options.topology, registry);
      engine = new EmbeddedEngine(options, storage, new Map([...codecs, ...(options.input?.codecs ?? [])]));
      return engine;
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  get state(): EngineState {
    return this.lifeCycle.state;
  }

  /** Why it failed; null when it did not. */
  get failure(): Error | null {
    return this.failedWith;
  }

  /** The data folder's real path. */
  get folder(): string {
    return this.storage.folder;
  }

  get log(): Log {
    return this.storage.log;
  }

  get tasks(): readonly TaskStatus[] {
    return this.runners.map(({ subTopology, partition, state, lag, lags }) => ({
      subTopology,
      partition,
      state,
      lag,
      lags,
    }));
  }

  /** Whether every task runs: in one folder a task has nothing to catch up with before. */
  get isReady(): boolean {
    return this.state === "running" && this.runners.every(({ state }) => state === "running");
  }

  /** Starts all tasks, and retention and compaction. */
  start(): void {
    this.lifeCycle.move("running");
    this.running = Promise.all(this.runners.map((runner) => this.run(runner))).then(() => undefined);
    this.storage.maintenance.start((error) => this.fail(error));
  }

  /**
   * Appends records; resolves when they are on the disk. Waits while too much is waiting.
   * @throws StorageError, UnknownPartitionError, InvalidCommitError, CommitterClosedError
   */
  async append(records: readonly AppendRecord[]): Promise<Committed> {
    return this.storage.committer.commitWhenReady({ outputs: records });
  }

  /** Writes rows that belong to no task, to a store of their own. @throws what {@link append} throws */
  async putRows(rows: StoreRows): Promise<void> {
    await this.storage.committer.commitWhenReady({ rows: [rows] });
  }

  /** Topics that are read from elsewhere have got more records. */
  inputGrew(): void {
    for (const runner of this.runners) runner.wake();
  }

  /** Resolves when all that was appended so far, and what follows from it, is processed and durable. @throws the engine's failure */
  async caughtUp(): Promise<void> {
    for (;;) {
      if (this.failedWith !== null) throw this.failedWith;
      if (this.runners.every(({ lag }) => lag === 0)) return;
      if (this.state !== "running") throw new Error(`the engine is ${this.state}: nothing will be processed`);
      await this.nextProgress();
    }
  }

  /** Resolves when the engine has ended: as asked, or because it failed. */
  async ended(): Promise<void> {
    while (this.state !== "stopped" && this.state !== "failed") await this.nextProgress();
  }

  /** A store's rows of one partition, as of the last checkpoints. */
  store(name: string, partition: number): RowStore {
    return this.storage.store(name, partition);
  }

  /** Where a task stands, as of its last durable checkpoint; null when it has had none. */
  positions(subTopology: string, partition: number): Positions | null {
    return this.storage.positions(subTopology, partition);
  }

  /** As EmbeddedStorage's: the rows and positions of one checkpoint. @throws StorageError */
  stateOf(subTopology: string, partition: number, store: string): StateReading {
    return this.storage.stateOf(subTopology, partition, store);
  }

  /** The rows of each task that has stores; what has not become a file yet is not in it. @throws StorageError */
  async storeBytes(): Promise<readonly TaskBytes[]> {
    const sizes: TaskBytes[] = [];
    for (const { name, stores } of this.options.topology.subTopologies) {
      if (stores.length === 0) continue;
      for (const { partition } of this.runners.filter(({ subTopology }) => subTopology === name)) {
        const ofStores = stores.map((store) => this.store(store.name, partition).approximateSizeBytes());
        const sizeBytes = (await Promise.all(ofStores)).reduce((sum, size) => sum + size, 0);
        sizes.push({ subTopology: name, partition, sizeBytes });
      }
    }
    return sizes;
  }

  /** The codec of a topic's values. @throws Error when it has none. */
  codec(topic: string): ContractCodec<ContractName> {
    const codec = this.codecs.get(topic);
    if (codec === undefined) throw new Error(`topic "${topic}" has no codec`);
    return codec;
  }

  /** Finishes the checkpoints at hand and closes the folder. May be called again. @throws StorageError */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    if (this.state !== "failed") this.lifeCycle.move("stopping");
    for (const runner of this.runners) runner.stop();
    try {
      await this.running;
      await this.storage.close();
      if (this.state === "stopping") this.lifeCycle.move("stopped");
    } catch (error) {
      if (this.state === "stopping") this.lifeCycle.move("failed");
      throw error;
    } finally {
      this.tellProgress();
    }
  }

  private async run(runner: TaskRunner<Outcome>): Promise<void> {
    try {
      await runner.run();
    } catch (error) {
      this.fail(error);
    }
  }

  /** One task that cannot go on stops all: they share the folder that failed. Whoever runs the engine calls {@link stop}. */
  private fail(error: unknown): void {
    if (this.failedWith !== null) return;
    this.failedWith = error instanceof Error ? error : new Error(String(error));
    if (this.state === "starting" || this.state === "running" || this.state === "stopping")
      this.lifeCycle.move("failed");
    for (const runner of this.runners) runner.stop();
    this.tellProgress();
  }

  private wake(topic: string, partition: number): void {
    for (const runner of this.runners) if (runner.partition === partition && runner.reads(topic)) runner.wake();
  }

  private nextProgress(): Promise<void> {
    return new Promise((resolve) => this.progress.add(resolve));
  }

  private tellProgress(): void {
    for (const resolve of this.progress) resolve();
    this.progress.clear();
  }

  private runnersOf(subTopology: SubTopology<Outcome>): TaskRunner<Outcome>[] {
    return Array.from({ length: partitionsOf(subTopology, this.options.topology) }, (_, partition) =>
      this.runnerOf(subTopology, partition),
    );
  }

  private runnerOf(subTopology: SubTopology<Outcome>, partition: number): TaskRunner<Outcome> {
    const { storage, codecs, options } = this;
    const { now = Date.now, rowCacheBytes = DEFAULT_ROW_CACHE_BYTES, observer } = options;
    const counted = storage.positions(subTopology.name, partition)?.counters ?? [];
    const counters = Object.fromEntries(counted.map(({ name, count }) => [name, count]));
    const cacheBytes = rowCacheBytes / (options.partitions * Math.max(1, subTopology.stores.length));
    const task = new Task({
      subTopology,
      codecs,
      stores: new Map(subTopology.stores.map(({ name }) => [name, storage.store(name, partition)])),
      caches: new Map(subTopology.stores.map(({ name }) => [name, new LruRowCache(cacheBytes)])),
      counters,
      now: () => now(),
    });
    observer?.taskOpened?.(subTopology.name, partition, counters);
    return new TaskRunner(
      {
        task,
        subTopology,
        partition,
        storage,
        sources: this.sources,
        observer: this.observing(observer),
        passed: () => this.tellProgress(),
        monotonicMs: () => performance.now(),
      },
      { ...DEFAULT_RUNNER, ...options.runner },
    );
  }

  private observing(observer: TaskObserver<Outcome> | undefined): TaskObserver<Outcome> {
    return {
      committed: (report: CommittedReport<Outcome>) => {
        observer?.committed(report);
        this.tellProgress();
      },
      commitFailed: (...failed) => observer?.commitFailed?.(...failed),
      taskMoved: (move) => observer?.taskMoved?.(move),
    };
  }
}

function topicSettings<Outcome>({ topology, retention }: EmbeddedEngineOptions<Outcome>): TopicSettings[] {
  return topology.topics.map((topic) => ({
    ...topic,
    ...retention?.(topic.name),
    readers: topology.subTopologies
      .filter(({ nodes }) => nodes.some((node) => node.kind === "source" && node.topic === topic.name))
      .map(({ name }) => name),
  }));
}

/** Of its sources: the builder has seen to it that they have the same number. */
function partitionsOf<Outcome>(subTopology: SubTopology<Outcome>, topology: Topology<Outcome>): number {
  const source = subTopology.nodes.find((node) => node.kind === "source");
  const topic = topology.topics.find(({ name }) => source?.kind === "source" && name === source.topic);
  if (topic === undefined) throw new Error(`sub-topology "${subTopology.name}" has no source`);
  return topic.partitions;
}

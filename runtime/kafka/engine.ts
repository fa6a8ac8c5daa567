/** The Kafka engine: the tasks of a topology, shared with other instances of the application, exactly once. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContractCodec, ContractName } from "../../schemas/index.js";
import { nodesOfKind, type SubTopology } from "../../topology/index.js";
import type { Engine, TaskBytes, TaskStatus } from "../engine.js";
import { FolderLock, makeFolder } from "../folder/index.js";
import { ENGINE_MOVES, type EngineState, LifeCycle } from "../life-cycle.js";
import type { TaskObserver } from "../observer.js";
import { NotHereError, type QueriedLog } from "../queries/index.js";
import type { ReadableStore } from "../stores/index.js";
import type { ProducedRecord } from "../task/index.js";
import { asError, EngineError, GaveUpError } from "./engine-errors.js";
import type { KafkaEngineOptions } from "./engine-options.js";
import { EngineRun, wipeStore } from "./engine-run.js";
import { recoveryOf } from "./recovery.js";
import { Restarts } from "./restarts.js";
import { InstanceFile } from "./store/instance-file.js";
import { Deadline, findOffsets } from "./wire/index.js";

/** Of the whole engine, after its parts could not be mended one by one. */
const ENGINE_RESTARTS = 2;
const RESTART_PAUSE_MS = 2_000;
const LOOK_EVERY_MS = 10;
const ENDS_WITHIN_MS = 30_000;

export class KafkaEngine<Outcome> implements Engine {
  private readonly lifeCycle: LifeCycle<EngineState>;
  private readonly restarts = new Restarts(ENGINE_RESTARTS);
  private readonly progress = new Set<() => void>();
  private current: EngineRun<Outcome> | null;
  private running: Promise<void> = Promise.resolve();
  private failedWith: Error | null = null;
  private stopping: Promise<void> | null = null;
  private readonly stopped = new AbortController();
  /** By group: of dead selves of this process. */
  private formerMemberIds: ReadonlyMap<string, readonly string[]> = new Map();

  private constructor(
    private readonly options: KafkaEngineOptions<Outcome>,
    private readonly lock: FolderLock,
    private readonly instance: InstanceFile,
    readonly folder: string,
    private readonly observer: TaskObserver<Outcome>,
    first: EngineRun<Outcome>,
  ) {
    this.current = first;
    const { observer: told } = options;
    this.lifeCycle = new LifeCycle("engine", ENGINE_MOVES, "starting", (from, to) => told?.engineMoved?.(from, to));
  }

  /**
   * Locks the data folder, connects, and sees to the topics and schemas; nothing runs yet.
   * @throws FolderInUseError, StorageError, WireError, TopicsError, SchemaRegistryError
   */
  static async open<Outcome>(options: KafkaEngineOptions<Outcome>): Promise<KafkaEngine<Outcome>> {
    for (const { name, stores } of options.topology.subTopologies)
      if (stores.length > 1)
        throw new Error(`sub-topology "${name}" has ${stores.length} stores: here it may have one`);
    const folder = await makeFolder(options.folder);
    const lock = await FolderLock.acquire(folder);
    try {
      const instance = await InstanceFile.open(folder);
      let engine: KafkaEngine<Outcome> | null = null;
      const observer = settling(options.observer, () => engine?.settle());
      const onSettled = () => engine?.settle();
      const first = await EngineRun.open({
        engine: options,
        folder,
        instance,
        observer,
        onSettled,
        formerMemberIds: new Map(),
      });
      engine = new KafkaEngine(options, lock, instance, folder, observer, first);
      return engine;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get state(): EngineState {
    return this.lifeCycle.state;
  }

  get failure(): Error | null {
    return this.failedWith;
  }

  get tasks(): readonly TaskStatus[] {
    return this.current?.tasks ?? [];
  }

  get isReady(): boolean {
    const { state } = this;
    return (state === "running" || state === "rebalancing") && this.current?.isReady === true;
  }

  /** The topics, for queries. */
  get log(): QueriedLog {
    return this.run.log;
  }

  start(): void {
    this.lifeCycle.move("running");
    this.running = this.supervise().catch((error: unknown) => this.fail(error));
    this.settle();
  }

  /** Waits while the engine is being started anew. @throws WireError: some may have been written; EngineError when it has ended */
  async append(records: readonly ProducedRecord[]): Promise<void> {
    await this.until(() => this.current !== null);
    await this.run.append(records);
  }

  /** Of what this instance is assigned while it waits. */
  async caughtUp(): Promise<void> {
    for (const subTopology of this.options.topology.subTopologies) await this.caughtUpIn(subTopology);
  }

  async ended(): Promise<void> {
    while (this.state !== "stopped" && this.state !== "failed")
      await new Promise<void>((resolve) => this.progress.add(resolve));
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  async storeBytes(): Promise<readonly TaskBytes[]> {
    return this.current?.storeBytes() ?? [];
  }

  codec(topic: string): ContractCodec<ContractName> {
    const codec = this.run.codecs.get(topic);
    if (codec === undefined) throw new Error(`topic "${topic}" has no codec`);
    return codec;
  }

  /** @throws NotHereError when no running task of this instance has it. */
  store(name: string, partition: number): ReadableStore {
    const rows = this.current?.rows(name, partition) ?? null;
    if (rows === null) throw new NotHereError(partition);
    return rows;
  }

  private get run(): EngineRun<Outcome> {
    if (this.current === null) throw new EngineError("the engine is being started anew: ask again in a few seconds");
    return this.current;
  }

  /** From one life to the next, until it was told to stop. @throws what no new life mends */
  private async supervise(): Promise<void> {
    for (;;) {
      const { current } = this;
      try {
        if (current === null) await this.reopen();
        else {
          await current.run();
          return;
        }
      } catch (error) {
        await this.afterFailure(error);
      }
      if (this.stopped.signal.aborted) return;
    }
  }

  /** @throws the error when it is fatal, or GaveUpError */
  private async afterFailure(error: unknown): Promise<void> {
    const recovery = recoveryOf(error);
    if (this.stopped.signal.aborted && recovery !== "fatal") return;
    if (recovery === "fatal") throw error;
    const because = asError(error).message;
    if (!this.restarts.mayRestart())
      throw new GaveUpError(`the engine was started anew ${ENGINE_RESTARTS} times and fails again: ${because}`, {
        cause: error,
      });
    this.options.log?.("warn", "the engine has failed and is started anew", { because });
    await this.endRun();
    if (recovery === "wipe") await wipeStore(this.folder);
    await delay(RESTART_PAUSE_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }

  private async endRun(): Promise<void> {
    const { current } = this;
    this.current = null;
    if (current === null) return;
    this.formerMemberIds = current.lastMemberIds;
    await current.close();
  }

  private async reopen(): Promise<void> {
    const { options: engine, folder, instance, observer, formerMemberIds } = this;
    const onSettled = () => this.settle();
    this.current = await EngineRun.open({ engine, folder, instance, observer, onSettled, formerMemberIds });
    if (this.stopped.signal.aborted) this.current.stop();
  }

  private async shutDown(): Promise<void> {
    if (this.state !== "failed") this.lifeCycle.move("stopping");
    this.stopped.abort();
    this.current?.stop();
    try {
      await this.running;
      await this.endRun();
      if (this.state === "stopping") this.lifeCycle.move("stopped");
    } catch (error) {
      if (this.state === "stopping") this.lifeCycle.move("failed");
      throw error;
    } finally {
      await this.lock.release();
      this.tellProgress();
    }
  }

  /** Whoever runs the engine calls {@link stop}. */
  private fail(error: unknown): void {
    this.failedWith ??= asError(error);
    if (this.state !== "failed" && this.state !== "stopped") this.lifeCycle.move("failed");
    this.tellProgress();
  }

  /** The state says whether all tasks run. */
  private settle(): void {
    const ready = this.current?.isReady === true;
    if (this.state === "running" && !ready) this.lifeCycle.move("rebalancing");
    else if (this.state === "rebalancing" && ready) this.lifeCycle.move("running");
  }

  private tellProgress(): void {
    for (const resolve of this.progress) resolve();
    this.progress.clear();
  }

  private async caughtUpIn(subTopology: SubTopology<Outcome>): Promise<void> {
    await this.until(() => this.isReady);
    const { current } = this;
    if (current === null) return;
    const topics = nodesOfKind(subTopology, "source").map(({ topic }) => topic);
    const partitions = this.tasks.filter((task) => task.subTopology === subTopology.name);
    const places = partitions.flatMap(({ partition }) => topics.map((topic) => ({ topic, partition })));
    // Not the last stable offset: commits are answered before their markers are written.
    const ends = await findOffsets(current.cluster, places, "latest", {
      isolation: "read_uncommitted",
      deadline: new Deadline(ENDS_WITHIN_MS),
      channel: "engine",
    });
    await this.until(() =>
      ends.every(({ topic, partition, offset }) => {
        const done = this.current?.doneTo(subTopology.name, topic, partition) ?? null;
        return done === null ? this.isReady : done >= (offset ?? 0);
      }),
    );
  }

  private async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.failedWith !== null) throw this.failedWith;
      if (this.stopping !== null) throw new EngineError(`the engine is ${this.state}: nothing will be processed`);
      await delay(LOOK_EVERY_MS);
    }
  }
}

/** Tells the observer, and then whoever looks whether all tasks run. */
function settling<Outcome>(observer: TaskObserver<Outcome> | undefined, settle: () => void): TaskObserver<Outcome> {
  return {
    committed: (report) => observer?.committed(report),
    commitFailed: (...failed) => observer?.commitFailed?.(...failed),
    taskOpened: (...opened) => observer?.taskOpened?.(...opened),
    taskMoved: (move) => {
      observer?.taskMoved?.(move);
      settle();
    },
    restoring: (...restoring) => observer?.restoring?.(...restoring),
    restored: (report) => observer?.restored?.(report),
    rebalanced: (subTopology) => {
      observer?.rebalanced?.(subTopology);
      settle();
    },
  };
}

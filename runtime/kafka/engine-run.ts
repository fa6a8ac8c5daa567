/** One life of the Kafka engine: connected, with its local store open and a runner for each sub-topology, which it replaces when they fail. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SubTopology } from "../../topology/index.js";
import { openCodecs } from "../codecs.js";
import { noCrashPoints } from "../crash-points.js";
import type { TaskBytes, TaskStatus } from "../engine.js";
import type { TaskObserver } from "../observer.js";
import { storageError } from "../rocksdb/index.js";
import type { RowStore } from "../stores/index.js";
import type { TopicCodecs } from "../task/index.js";
import { Appender } from "./append.js";
import { asError, EngineError } from "./engine-errors.js";
import type { KafkaEngineOptions } from "./engine-options.js";
import { GroupRunner } from "./group-runner.js";
import { quietLog } from "./quiet-log.js";
import { recoveryOf } from "./recovery.js";
import { Restarts } from "./restarts.js";
import { groupIdOf, type RunnerPorts } from "./runner-ports.js";
import type { InstanceFile } from "./store/instance-file.js";
import { LocalStore } from "./store/local-store.js";
import { KafkaTopicLog } from "./topic-log.js";
import { mustFit, PartitionCountWatch, prepareTopics, wantedTopics } from "./topics.js";
import { Watchdog } from "./watchdog.js";
import { Cluster, Deadline, DeadlineError } from "./wire/index.js";

export interface EngineRunOptions<Outcome> {
  readonly engine: KafkaEngineOptions<Outcome>;
  /** Locked by this process. */
  readonly folder: string;
  readonly instance: InstanceFile;
  readonly observer: TaskObserver<Outcome>;
  /** Whether all tasks run may have changed. */
  readonly onSettled: () => void;
  /** By group: ids of dead selves of this process. */
  readonly formerMemberIds: ReadonlyMap<string, readonly string[]>;
}

const START_WITHIN_MS = 15_000;
const CHANNEL = "engine";
/** In the data folder. */
export const STORE_FOLDER = "kafka";
const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024;
const DEFAULT_SESSION_TIMEOUT_MS = 6_000;
const DEFAULT_CHECKPOINT_INTERVAL_MS = 100;
const DEFAULT_STALL_TIMEOUT_MS = 60_000;
/** Of a part, before the whole engine is started anew. */
const PART_RESTARTS = 3;
const RESTART_PAUSE_MS = 1_000;

/** What kafkajs warns of whenever instances come and go. */
function isRoutine(message: string): boolean {
  return /group is rebalancing|rejoin is needed/i.test(message);
}

interface Parts {
  readonly cluster: Cluster;
  readonly store: LocalStore;
  readonly codecs: TopicCodecs;
}

/** Throws the local store away: it is made anew by the next start. @throws StorageError */
export async function wipeStore(folder: string): Promise<void> {
  await rm(join(folder, STORE_FOLDER), { recursive: true, force: true }).catch((error: unknown) => {
    throw storageError(error, folder);
  });
}

export class EngineRun<Outcome> {
  readonly log: KafkaTopicLog;
  readonly codecs: TopicCodecs;
  readonly cluster: Cluster;
  private readonly store: LocalStore;
  private readonly appender: Appender;
  private readonly watch: PartitionCountWatch;
  private readonly watchdog: Watchdog;
  private readonly runners = new Map<string, GroupRunner<Outcome>>();
  private readonly memberIds: Map<string, readonly string[]>;
  private stopping = false;
  private failed: (error: Error) => void = () => {};

  private constructor(
    private readonly options: EngineRunOptions<Outcome>,
    { cluster, store, codecs }: Parts,
  ) {
    const { topology, stallTimeoutMs = DEFAULT_STALL_TIMEOUT_MS, partitionWatchIntervalMs } = options.engine;
    this.cluster = cluster;
    this.store = store;
    this.codecs = codecs;
    this.log = new KafkaTopicLog(cluster);
    this.appender = new Appender(cluster, (topic) => this.partitionsOf(topic));
    this.watch = new PartitionCountWatch({
      cluster,
      topics: topology.topics,
      ...(partitionWatchIntervalMs === undefined ? {} : { intervalMs: partitionWatchIntervalMs }),
    });
    this.watchdog = new Watchdog(() => [...this.runners.values()], { stallTimeoutMs });
    this.memberIds = new Map(options.formerMemberIds);
  }

  /**
   * Connects, sees to the topics, registers the schemas, opens the local store.
   * @throws WireError, TopicsError, SchemaRegistryError, StorageError
   */
  static async open<Outcome>(options: EngineRunOptions<Outcome>): Promise<EngineRun<Outcome>> {
    const { engine, folder } = options;
    const { topology, applicationId, registry, log = () => {} } = engine;
    const said = quietLog(log);
    const cluster = new Cluster({
      ...engine.cluster,
      clientId: applicationId,
      log: (level, message) => {
        if (level !== "debug" && !isRoutine(message)) said(level, `kafka: ${message}`);
      },
    });
    try {
      const deadline = new Deadline(START_WITHIN_MS);
      const clusterId = await cluster.clusterId(deadline).catch((error: unknown) => {
        if (!(error instanceof DeadlineError)) throw error;
        throw new EngineError(`${error.message}; check --brokers, and that they can be reached from here`, {
          cause: error,
        });
      });
      const reports = await prepareTopics(cluster, wantedTopics(topology.topics, engine), {
        create: true,
        deadline,
        channel: CHANNEL,
      });
      for (const { name, outcome, problems } of reports) {
        if (outcome === "made") log("info", "topic made", { topic: name });
        for (const { message, fatal } of problems) if (!fatal) log("warn", message, { topic: name });
      }
      mustFit(reports);
      await cluster.closeChannel(CHANNEL);
      const codecs = await openCodecs(topology, registry);
      const store = await LocalStore.open({
        folder: join(folder, STORE_FOLDER),
        clusterId,
        applicationId,
        cacheBytes: engine.storeCacheBytes ?? DEFAULT_CACHE_BYTES,
        log,
      });
      return new EngineRun(options, { cluster, store, codecs });
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get tasks(): readonly TaskStatus[] {
    return [...this.runners.values()].flatMap(({ tasks }) => tasks);
  }

  get isReady(): boolean {
    const { subTopologies } = this.options.engine.topology;
    return subTopologies.every(({ name }) => this.runners.get(name)?.isReady === true);
  }

  /** By group: the ids that this run's members had last. */
  get lastMemberIds(): ReadonlyMap<string, readonly string[]> {
    return this.memberIds;
  }

  /** Resolves once it was told to stop. @throws what replacing a runner does not mend */
  async run(): Promise<void> {
    const { topology } = this.options.engine;
    const failed = new Promise<never>((_, reject) => {
      this.failed = reject;
    });
    this.watch.start((error) => this.failed(error));
    this.watchdog.start();
    const running = topology.subTopologies.map((subTopology) => this.keepRunning(subTopology));
    try {
      await Promise.race([Promise.all(running), failed]);
    } finally {
      this.stop();
      await Promise.allSettled(running);
    }
  }

  stop(): void {
    this.stopping = true;
    this.watch.stop();
    this.watchdog.stop();
    for (const runner of this.runners.values()) runner.stop();
  }

  /** After {@link run} has ended. */
  async close(): Promise<void> {
    await this.appender.close();
    await this.log.close();
    await this.cluster.close();
    await this.store.close();
  }

  append(records: Parameters<Appender["append"]>[0]): Promise<void> {
    return this.appender.append(records);
  }

  /** Null when the offset's partition is not processed here. */
  doneTo(subTopology: string, topic: string, partition: number): number | null {
    return this.runners.get(subTopology)?.doneTo(topic, partition) ?? null;
  }

  /** Null when no running task here has it. */
  rows(name: string, partition: number): RowStore | null {
    const owner = this.options.engine.topology.subTopologies.find(({ stores }) =>
      stores.some((store) => store.name === name),
    );
    const task = this.tasks.find((one) => one.subTopology === owner?.name && one.partition === partition);
    return task?.state === "running" ? this.store.rows(name, partition) : null;
  }

  async storeBytes(): Promise<readonly TaskBytes[]> {
    const sizes: TaskBytes[] = [];
    for (const { name, stores } of this.options.engine.topology.subTopologies) {
      for (const { partition } of this.runners.get(name)?.tasks ?? []) {
        const ofStores = stores.map((store) => this.store.rows(store.name, partition).approximateSizeBytes());
        if (ofStores.length === 0) continue;
        const sizeBytes = (await Promise.all(ofStores)).reduce((sum, size) => sum + size, 0);
        sizes.push({ subTopology: name, partition, sizeBytes });
      }
    }
    return sizes;
  }

  /** A runner that has failed is replaced, as often as may be. */
  private async keepRunning(subTopology: SubTopology<Outcome>): Promise<void> {
    const { instance, engine } = this.options;
    const groupId = groupIdOf(engine.applicationId, subTopology.name);
    const restarts = new Restarts(PART_RESTARTS);
    while (!this.stopping) {
      const formerMemberIds = this.memberIds.get(groupId) ?? instance.formerMemberIds(groupId);
      const runner = new GroupRunner(this.portsOf(subTopology), formerMemberIds);
      this.runners.set(subTopology.name, runner);
      try {
        return await runner.run();
      } catch (error) {
        const recovery = recoveryOf(error);
        if (recovery === "fatal" || recovery === "wipe" || !restarts.mayRestart()) throw error;
        engine.log?.("warn", "a part of the engine has failed and is started anew", {
          group: groupId,
          because: asError(error).message,
        });
      } finally {
        this.memberIds.set(groupId, runner.memberIds);
      }
      await delay(RESTART_PAUSE_MS);
    }
  }

  private portsOf(subTopology: SubTopology<Outcome>): RunnerPorts<Outcome> {
    const { engine, instance, observer } = this.options;
    return {
      cluster: this.cluster,
      store: this.store,
      instance,
      subTopology,
      codecs: this.codecs,
      partitionsOf: (topic) => this.partitionsOf(topic),
      observer,
      crashPoints: engine.crashPoints ?? noCrashPoints,
      log: engine.log ?? (() => {}),
      onSettled: this.options.onSettled,
      now: engine.now ?? Date.now,
      settings: {
        applicationId: engine.applicationId,
        guarantee: engine.guarantee ?? "exactly_once",
        sessionTimeoutMs: engine.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
        checkpointIntervalMs: engine.checkpointIntervalMs ?? DEFAULT_CHECKPOINT_INTERVAL_MS,
        maxTaskIdleMs: engine.maxTaskIdleMs ?? 0,
        expiredInput: engine.expiredInput ?? "fail",
        rowCacheBytes: (engine.rowCacheBytes ?? DEFAULT_CACHE_BYTES) / engine.partitions,
      },
    };
  }

  private partitionsOf(topic: string): number {
    const found = this.options.engine.topology.topics.find(({ name }) => name === topic);
    if (found === undefined) throw new Error(`topic "${topic}" is not one of the topology's`);
    return found.partitions;
  }
}

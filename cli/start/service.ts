/** The running service: engine, listeners and input, started in this order and stopped in the other. */
import { addAssignments, addHealth, addMetrics, listen, newListener } from "../../console/index.js";
import { EmbeddedEngine } from "../../runtime/embedded/index.js";
import { EngineMetrics } from "../../runtime/metrics/index.js";
import { AssignmentQueries } from "../../runtime/queries/index.js";
import type { ProducedRecord } from "../../runtime/task/index.js";
import { type ProductOutcome, productTopology, type TopicNames, topicNames } from "../../topology/index.js";
import { Feed } from "../feed.js";
import type { SettingValues } from "../settings/index.js";
import { crashPointsOf } from "./crash-points.js";
import { feedInput, type InputPorts, type InputTotals } from "./input.js";
import type { ServiceLog } from "./log.js";

export const START_SETTINGS = [
  "engine",
  "dataDir",
  "applicationId",
  "topicPrefix",
  "partitions",
  "workItemStream",
  "tenant",
  "host",
  "port",
  "metricsPort",
  "checkpointIntervalMs",
  "maxTaskIdleMs",
  "retentionHours",
  "cacheMb",
] as const;
export type StartSettings = SettingValues<(typeof START_SETTINGS)[number]>;

const HOUR_MS = 60 * 60 * 1_000;
const MIB = 1024 * 1024;

export interface Listening {
  /** As `host:port`. */
  readonly http: string;
  readonly metrics: string;
}

export class Service {
  readonly queries: AssignmentQueries;
  private readonly topics: TopicNames;
  private readonly abort = new AbortController();
  private readonly closers: (() => Promise<unknown>)[] = [];
  private stopping: Promise<void> | null = null;

  private constructor(
    private readonly settings: StartSettings,
    readonly engine: EmbeddedEngine<ProductOutcome>,
    private readonly metrics: EngineMetrics,
    private readonly log: ServiceLog,
  ) {
    this.topics = topicNames({ prefix: settings.topicPrefix, applicationId: settings.applicationId });
    this.queries = new AssignmentQueries(engine, settings);
  }

  /**
   * Opens the data folder; nothing runs or listens yet.
   * @throws FolderInUseError, FolderIdentityError, StorageError, SchemaRegistryError, UsageError
   */
  static async open(settings: StartSettings, log: ServiceLog): Promise<Service> {
    const topology = productTopology(settings);
    const metrics = new EngineMetrics({ topology });
    const engine = await EmbeddedEngine.open({
      topology,
      folder: settings.dataDir,
      applicationId: settings.applicationId,
      topicPrefix: settings.topicPrefix,
      partitions: settings.partitions,
      retention: () => ({ retentionMs: settings.retentionHours * HOUR_MS }),
      observer: metrics,
      runner: { checkpointIntervalMs: settings.checkpointIntervalMs, maxTaskIdleMs: settings.maxTaskIdleMs },
      rowCacheBytes: settings.cacheMb * MIB,
      storage: { cacheBytes: settings.cacheMb * MIB, crashPoints: crashPointsOf(process.env) },
    });
    metrics.attach(engine);
    return new Service(settings, engine, metrics, log);
  }

  /** Listens, then processes. @throws ListenError: nothing was processed */
  async start(): Promise<Listening> {
    const { host, port, metricsPort } = this.settings;
    const failed = (error: Error) => this.log.error("a request failed", { error: error.message });
    const http = newListener(failed);
    addHealth(http, () => this.engine);
    addAssignments(http, this.queries);
    const metrics = newListener(failed);
    const { registry } = this.metrics;
    addMetrics(metrics, { contentType: registry.contentType, metrics: () => registry.metrics() });
    this.closers.push(
      () => http.close(),
      () => metrics.close(),
    );
    const listening = {
      http: await listen(http, { host, port, setting: "port" }),
      metrics: await listen(metrics, { host, port: metricsPort, setting: "metrics-port" }),
    };
    this.engine.start();
    return listening;
  }

  /** Puts documents through `raw-events`, as if they came in now. Ends early when the service stops. */
  feed(files: readonly string[], ports: Pick<InputPorts, "progress" | "complain">): Promise<InputTotals> {
    const feed = new Feed({
      topic: this.topics.rawEvents,
      source: null,
      tenant: this.settings.tenant,
      now: Date.now,
    });
    const append = (records: readonly ProducedRecord[]) => this.engine.append(records);
    return feedInput(files, { feed, append, ...ports }, this.abort.signal);
  }

  /** Whether it was told to stop. */
  get isStopping(): boolean {
    return this.stopping !== null;
  }

  /** Whether nothing ever came in. */
  get isNew(): boolean {
    const { rawEvents, conversationEvents, workItemEvents } = this.topics;
    const inputs: readonly string[] = [rawEvents, conversationEvents, workItemEvents];
    return this.engine.log.partitions().every(({ topic, endOffset }) => endOffset === 0 || !inputs.includes(topic));
  }

  /** Stops taking, finishes the checkpoints at hand, closes the folder. May be called again. @throws StorageError */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    this.abort.abort();
    const closed = await Promise.allSettled(this.closers.map((close) => close()));
    for (const outcome of closed) {
      if (outcome.status === "rejected") this.log.warn("a listener did not close", { error: String(outcome.reason) });
    }
    await this.engine.stop();
  }
}

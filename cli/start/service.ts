/** The running service: engine, listeners and input, started in this order and stopped in the other. */
import { setTimeout as delay } from "node:timers/promises";
import type { Engine } from "../../runtime/engine.js";
import { EngineMetrics } from "../../runtime/metrics/index.js";
import { AssignmentQueries } from "../../runtime/queries/index.js";
import type { ProducedRecord } from "../../runtime/task/index.js";
import { productTopology, topicNames } from "../../topology/index.js";
import { Feed } from "../feed.js";
import type { SettingValues } from "../settings/index.js";
import { ENGINE_SETTINGS, type OpenedEngine } from "./engine-settings.js";
import { feedInput, type InputPorts, type InputTotals } from "./input.js";
import { LISTENERS_SETTINGS, Listeners, type ListenersFiles, readListenersFiles } from "./listeners.js";
import type { Addresses, LogFields, ServiceLog } from "./log.js";
import { openEngine } from "./open-engine.js";
import { OperatorListener } from "./operator-listener.js";
import { operatorRoutes } from "./operator-routes.js";

export const START_SETTINGS = [...ENGINE_SETTINGS, ...LISTENERS_SETTINGS] as const;
export type StartSettings = SettingValues<(typeof START_SETTINGS)[number]>;

/** How often it is looked whether the tasks run. */
const READY_LOOK_MS = 10;

export class Service {
  readonly engine: Engine;
  readonly queries: AssignmentQueries;
  /** Whether nothing had ever come in when it was opened. */
  readonly isNew: boolean;
  private readonly rawEvents: string;
  private readonly abort = new AbortController();
  private readonly listeners: Listeners;
  private readonly operator: OperatorListener;
  private stopping: Promise<void> | null = null;

  private constructor(
    private readonly settings: StartSettings,
    files: ListenersFiles,
    opened: OpenedEngine,
    metrics: EngineMetrics,
    private readonly log: ServiceLog,
    threadFile: URL | undefined,
  ) {
    const { engine, queries, isNew } = opened;
    this.engine = engine;
    this.queries = new AssignmentQueries(queries, settings);
    this.isNew = isNew;
    const { topicPrefix: prefix, applicationId } = settings;
    this.rawEvents = topicNames({ prefix, applicationId }).rawEvents;
    const { queries: asked, rawEvents } = this;
    this.listeners = new Listeners(settings, files, {
      engine,
      queries: asked,
      metrics,
      log,
      rawEvents,
      ...(threadFile === undefined ? {} : { threadFile }),
    });
    this.operator = new OperatorListener(engine.folder, log, operatorRoutes(opened, settings));
  }

  /**
   * Opens the data folder, and with Kafka the topics; nothing runs or listens yet.
   * @param threadFile the compiled entry of the public listener's thread, for a caller that is not compiled itself
   * @throws FolderInUseError, FolderIdentityError, StorageError, SchemaRegistryError, UsageError, TopicsError, WireError
   */
  static async open(settings: StartSettings, log: ServiceLog, threadFile?: URL): Promise<Service> {
    const files = await readListenersFiles(settings);
    const metrics = new EngineMetrics({ topology: productTopology(settings) });
    const opened = await openEngine(settings, { observer: metrics, log });
    metrics.attach(opened.engine);
    return new Service(settings, files, opened, metrics, log, threadFile);
  }

  /** Listens, then processes. @throws ListenError: nothing was processed */
  async start(): Promise<Addresses> {
    const listening = await this.listeners.open();
    if (this.settings.insecureLoopback) this.log.warn("webhooks of sources without a secret are taken unsigned");
    await this.operator.open();
    this.engine.start();
    return listening;
  }

  /** Puts documents through `raw-events`, as if they came in now. Ends early when the service stops. */
  feed(files: readonly string[], ports: Pick<InputPorts, "progress" | "complain">): Promise<InputTotals> {
    const feed = new Feed({
      topic: this.rawEvents,
      source: null,
      tenant: this.settings.tenant,
      now: Date.now,
    });
    const append = (records: readonly ProducedRecord[]) => this.engine.append(records);
    return feedInput(files, { feed, append, ...ports }, this.abort.signal);
  }

  /** What it says of itself when it is ready. */
  get description(): LogFields {
    return {
      engine: this.settings.engine,
      folder: this.engine.folder,
      webhooks: this.listeners.sources.join() || "none",
    };
  }

  /** Rejects when nobody listens any more. */
  get listenersFailed(): Promise<never> {
    return this.listeners.failed;
  }

  /** Whether it was told to stop. */
  get isStopping(): boolean {
    return this.stopping !== null;
  }

  /** Resolves with true once every task of this instance runs; with false when something else comes first. */
  async becomesReady(otherwise: Promise<unknown>): Promise<boolean> {
    let waits = true;
    void otherwise.then(() => {
      waits = false;
    });
    while (waits && !this.engine.isReady) await delay(READY_LOOK_MS);
    // Whoever is told that it is ready finds it so.
    if (waits) await this.listeners.tellHealth();
    return waits;
  }

  /** Stops taking, finishes the checkpoints at hand, closes everything. May be called again. @throws StorageError */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async shutDown(): Promise<void> {
    this.abort.abort();
    try {
      await Promise.all([this.operator.close(), this.listeners.close()]);
    } catch (error) {
      this.log.warn("a listener did not close", { error: String(error) });
    }
    await this.engine.stop();
  }
}

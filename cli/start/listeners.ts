/** The service's listeners: the public one, for webhooks, questions and health, and the one of the metrics. */
import type { FastifyInstance } from "fastify";
import {
  type AssignmentQueryPort,
  addAssignments,
  addHealth,
  addMetrics,
  closeListener,
  listen,
  newListener,
} from "../../console/index.js";
import { type Append, addWebhooks } from "../../ingress/webhooks/index.js";
import type { Engine } from "../../runtime/engine.js";
import type { EngineMetrics } from "../../runtime/metrics/index.js";
import { SOURCES, type Source } from "../../schemas/index.js";
import type { SettingValues } from "../settings/index.js";
import { listenerOptions, refuseInsecure } from "../webhooks/listener.js";
import { type Secrets, webhookSecrets } from "../webhooks/secrets.js";
import { LISTENER_SETTINGS, WEBHOOK_SETTINGS } from "../webhooks/settings.js";
import { MIB } from "./engine-settings.js";
import type { Addresses, ServiceLog } from "./log.js";

export const LISTENERS_SETTINGS = [...LISTENER_SETTINGS, ...WEBHOOK_SETTINGS, "metricsPort"] as const;
export type ListenersSettings = SettingValues<(typeof LISTENERS_SETTINGS)[number]> & {
  /** Of the topic of the raw events. */
  readonly partitions: number;
  /** Of documents that carry none. */
  readonly tenant: string | null;
};

export interface ListenersPorts {
  readonly engine: Engine;
  readonly queries: AssignmentQueryPort;
  readonly metrics: EngineMetrics;
  readonly log: ServiceLog;
  /** The topic of the raw events. */
  readonly rawEvents: string;
}

/** Requests whose bodies are being received or made durable: each holds a socket and some kilobytes beside its body. */
const MAX_WAITING_REQUESTS = 2_000;

/** What the listeners need of files, read before anything is opened. */
export interface ListenersFiles {
  readonly secrets: Secrets;
  readonly options: Awaited<ReturnType<typeof listenerOptions>>;
}

/** @throws UsageError naming the flag and the file */
export async function readListenersFiles(settings: ListenersSettings): Promise<ListenersFiles> {
  refuseInsecure(settings);
  return { secrets: await webhookSecrets(settings), options: await listenerOptions(settings) };
}

export class Listeners {
  private readonly http: FastifyInstance;
  private readonly metrics: FastifyInstance;

  constructor(
    private readonly settings: ListenersSettings,
    private readonly files: ListenersFiles,
    ports: ListenersPorts,
  ) {
    const { engine, queries, log } = ports;
    const failed = (error: Error) => log.error("a request failed", { error: error.message });
    this.http = newListener(failed, files.options);
    addHealth(this.http, () => engine);
    addAssignments(this.http, queries);
    addServiceWebhooks(this.http, settings, files.secrets, ports);
    this.metrics = newListener(failed);
    const { registry } = ports.metrics;
    addMetrics(this.metrics, { contentType: registry.contentType, metrics: () => registry.metrics() });
  }

  /** The sources whose webhooks are taken. */
  get sources(): readonly Source[] {
    const { files, settings } = this;
    return SOURCES.filter((source) => files.secrets[source] !== null || settings.insecureLoopback);
  }

  /** @throws ListenError */
  async open(): Promise<Addresses> {
    const { host, port, metricsPort } = this.settings;
    return {
      http: await listen(this.http, { host, port, setting: "port" }),
      metrics: await listen(this.metrics, { host, port: metricsPort, setting: "metrics-port" }),
      ...(this.files.options.tls ? { tls: true } : {}),
    };
  }

  /** Answers what was accepted. Metrics are served to the end of that. */
  async close(): Promise<void> {
    await closeListener(this.http);
    await closeListener(this.metrics);
  }
}

function addServiceWebhooks(
  http: FastifyInstance,
  settings: ListenersSettings,
  secrets: Secrets,
  { engine, metrics, log, rawEvents }: ListenersPorts,
): void {
  const append: Append = (records) => engine.append(records);
  addWebhooks(
    http,
    {
      secrets,
      takesUnsigned: settings.insecureLoopback,
      maxBodyBytes: settings.maxBodyBytes,
      budget: { maxBytes: settings.maxQueuedMb * MIB, maxRequests: MAX_WAITING_REQUESTS },
      topic: rawEvents,
      partitions: settings.partitions,
      tenant: settings.tenant,
    },
    {
      append,
      registry: metrics.registry,
      onRejected: (rejected) => log.warn("webhooks were rejected", { ...rejected }),
      onWriteFailed: (error) =>
        log.error("webhooks could not be written", { error: error instanceof Error ? error.message : String(error) }),
    },
  );
}

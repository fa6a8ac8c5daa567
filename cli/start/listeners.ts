/** The service's listeners: the public one, for webhooks, questions and health, and the one of the metrics. */
import type { FastifyInstance } from "fastify";
import { type AssignmentQueryPort, addMetrics, closeListener, listen, newListener } from "../../console/index.js";
import type { Engine } from "../../runtime/engine.js";
import type { EngineMetrics } from "../../runtime/metrics/index.js";
import { SOURCES, type Source } from "../../schemas/index.js";
import type { SettingValues } from "../settings/index.js";
import { listenerOptions, refuseInsecure } from "../webhooks/listener.js";
import { type Secrets, webhookSecrets } from "../webhooks/secrets.js";
import { LISTENER_SETTINGS, WEBHOOK_SETTINGS } from "../webhooks/settings.js";
import { MIB } from "./engine-settings.js";
import type { Addresses, ServiceLog } from "./log.js";
import type { ThreadSettings } from "./public/protocol.js";
import { PublicListener } from "./public/public-listener.js";

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
  /** The compiled entry of the public listener's thread, where it does not lie beside this program's files. */
  readonly threadFile?: URL;
}

/** Requests whose bodies are being received or made durable: each holds a socket and some kilobytes beside its body. */
const MAX_WAITING_REQUESTS = 2_500;

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
  private readonly http: PublicListener;
  private readonly metrics: FastifyInstance;

  constructor(
    private readonly settings: ListenersSettings,
    private readonly files: ListenersFiles,
    ports: ListenersPorts,
  ) {
    const { log, rawEvents, threadFile } = ports;
    this.http = new PublicListener(threadSettings(settings, files, rawEvents), ports, threadFile);
    this.metrics = newListener((error) => log.error("a request failed", { error: error.message }));
    const { registry } = ports.metrics;
    addMetrics(this.metrics, {
      contentType: registry.contentType,
      metrics: async () => `${await registry.metrics()}\n${await this.http.metrics()}`,
    });
  }

  /** The sources whose webhooks are taken. */
  get sources(): readonly Source[] {
    const { files, settings } = this;
    return SOURCES.filter((source) => files.secrets[source] !== null || settings.insecureLoopback);
  }

  /** Rejects when the public listener has failed. */
  get failed(): Promise<never> {
    return this.http.failed;
  }

  /** @throws ListenError */
  async open(): Promise<Addresses> {
    const { host, port, metricsPort } = this.settings;
    return {
      http: await this.http.open({ host, port, setting: "port" }),
      metrics: await listen(this.metrics, { host, port: metricsPort, setting: "metrics-port" }),
      ...(this.files.options.tls ? { tls: true } : {}),
    };
  }

  /** Whoever asks for the health from now on is told how it is now. */
  async tellHealth(): Promise<void> {
    await this.http.tellHealth();
  }

  /** Answers what was accepted. */
  async close(): Promise<void> {
    try {
      await closeListener(this.metrics);
    } finally {
      await this.http.close();
    }
  }
}

function threadSettings(settings: ListenersSettings, files: ListenersFiles, rawEvents: string): ThreadSettings {
  return {
    webhooks: {
      secrets: files.secrets,
      takesUnsigned: settings.insecureLoopback,
      maxBodyBytes: settings.maxBodyBytes,
      budget: { maxBytes: settings.maxQueuedMb * MIB, maxRequests: MAX_WAITING_REQUESTS },
      topic: rawEvents,
      partitions: settings.partitions,
      tenant: settings.tenant,
    },
    listener: files.options,
  };
}

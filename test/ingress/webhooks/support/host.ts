/** The webhooks on a real listener of this process, whose records go into an array. */
import type { FastifyInstance } from "fastify";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { addHealth, closeListener, type ListenerOptions, listen, newListener } from "../../../../console/index.js";
import {
  addWebhooks,
  type RejectedRequests,
  type WebhookPorts,
  type WebhookSettings,
} from "../../../../ingress/webhooks/index.js";
import type { ProducedRecord } from "../../../../runtime/task/index.js";
import type { Address } from "../../../support/http/raw-connection.js";
import { SECRETS } from "./genuine.js";

export interface WebhookHost {
  readonly address: Address;
  readonly app: FastifyInstance;
  /** What was made durable. */
  readonly appended: ProducedRecord[];
  readonly rejected: RejectedRequests[];
  readonly failedWrites: unknown[];
  readonly registry: Registry;
  close(): Promise<void>;
}

export interface HostOptions {
  readonly settings?: Partial<WebhookSettings>;
  readonly append?: WebhookPorts["append"];
  readonly listener?: ListenerOptions;
}

const MIB = 1024 * 1024;
const SETTINGS: WebhookSettings = {
  secrets: SECRETS,
  takesUnsigned: false,
  maxBodyBytes: MIB,
  budget: { maxBytes: 64 * MIB, maxRequests: 2_000 },
  topic: "raw-events",
  partitions: 12,
  tenant: null,
};

/** It goes with the test. */
export async function startWebhooks(options: HostOptions = {}): Promise<WebhookHost> {
  const host = await openWebhooks(options);
  onTestFinished(() => host.close());
  return host;
}

export async function openWebhooks({ settings, append, listener }: HostOptions = {}): Promise<WebhookHost> {
  const appended: ProducedRecord[] = [];
  const rejected: RejectedRequests[] = [];
  const failedWrites: unknown[] = [];
  const registry = new Registry();
  const app = newListener((error) => failedWrites.push(error), listener);
  addHealth(app, () => ({ state: "running", isReady: true, tasks: [] }));
  addWebhooks(
    app,
    { ...SETTINGS, ...settings },
    {
      append: async (records) => {
        await append?.(records);
        appended.push(...records);
      },
      registry,
      onRejected: (requests) => rejected.push(requests),
      onWriteFailed: (error) => failedWrites.push(error),
    },
  );
  const [host = "", port] = (await listen(app, { host: "127.0.0.1", port: 0, setting: "port" })).split(":");
  const ca = listener?.tls?.cert;
  const address = { host, port: Number(port), ...(ca === undefined ? {} : { ca }) };
  return { address, app, appended, rejected, failedWrites, registry, close: () => closeListener(app) };
}

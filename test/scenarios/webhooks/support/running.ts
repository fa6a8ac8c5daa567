/** The built service with secrets, for these scenarios. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Address } from "../../../support/http/raw-connection.js";
import { type RunningService, startService } from "../../../support/service.js";

export const SECRET = "s1";
export const PARTITIONS = 3;
export const SECRET_FLAGS = ["--kustomer-secrets", SECRET, "--belco-secrets", SECRET, "--rasayel-secrets", SECRET];
const CAUGHT_UP_WITHIN_MS = 60_000;

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-webhooks-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const embeddedFlags = (folder: string): readonly string[] => [
  "--data-dir",
  folder,
  "--partitions",
  String(PARTITIONS),
];

export interface Running {
  readonly service: RunningService;
  /** As `http://host:port`. */
  readonly http: string;
  readonly metrics: string;
  readonly address: Address;
}

/** Ready. It does not outlive the test. */
export async function running(flags: readonly string[]): Promise<Running> {
  return whenReady(startService([...flags, ...SECRET_FLAGS]));
}

export async function whenReady(service: RunningService): Promise<Running> {
  const { http, metrics } = await service.ready();
  const { hostname: host, port } = new URL(http);
  return { service, http, metrics, address: { host, port: Number(port) } };
}

/** Resolves when everything that came in is processed. */
export async function caughtUp({ http }: Running): Promise<void> {
  const untilMs = performance.now() + CAUGHT_UP_WITHIN_MS;
  for (;;) {
    const { lag } = (await (await fetch(`${http}/readyz`)).json()) as { lag: number };
    if (lag === 0) return;
    if (performance.now() > untilMs) throw new Error(`a lag of ${lag} records is left`);
    await delay(20);
  }
}

/** One measurement of latency: a steady flow, from when an event is handed to its writer to when a consumer has its decision. */
import { setTimeout as delay } from "node:timers/promises";
import { Application, type Guarantee } from "./application.js";
import { clockMs } from "./clock.js";
import { DecisionWatch, type SeenDecision } from "./decisions.js";
import { produce } from "./produce.js";
import type { Servers } from "./servers.js";
import { Service } from "./service.js";

export interface LatencyOptions {
  readonly guarantee: Guarantee;
  readonly conversations: number;
  readonly partitions: number;
  readonly perSecond: number;
  /** Measured after the warm-up. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly nodeFlags: readonly string[];
}

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly events: number;
  /** The service's, in the time that was measured. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

const DECIDED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 10;

/** @throws Error when a decision does not come */
export async function measureLatency(servers: Servers, options: LatencyOptions): Promise<Latency> {
  const { guarantee, conversations, partitions, perSecond, seconds, warmUpSeconds, nodeFlags } = options;
  const application = await Application.make(servers, partitions);
  try {
    const service = new Service({ application, folder: application.newFolder(), guarantee, nodeFlags });
    await service.ready();
    const seen: SeenDecision[] = [];
    const watch = await DecisionWatch.start(application, (one) => {
      if (!Number.isNaN(one.producedMs)) seen.push(one);
    });
    // All conversations are known before, as they are in a service that has run for a while.
    const load = { conversations, atOnce: conversations, perSecond, seconds: warmUpSeconds + seconds };
    const producer = produce(application, load);
    const fromMs = (await producer.steady) + warmUpSeconds * 1_000;
    await delay(fromMs - clockMs());
    const before = service.usage;
    const sent = await producer.done;
    await until(() => seen.length >= sent);
    const { cpuSeconds, peakBytes } = service.usage;
    await watch.stop();
    await service.stop();
    const measured = seen.filter(({ producedMs }) => producedMs >= fromMs);
    return { ...spread(measured), cpuSeconds: cpuSeconds - before.cpuSeconds, peakBytes };
  } finally {
    await application.remove();
  }
}

function spread(seen: readonly SeenDecision[]): Pick<Latency, "p50Ms" | "p99Ms" | "maxMs" | "events"> {
  const times = seen.map(({ producedMs, seenMs }) => seenMs - producedMs).sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), events: times.length };
}

async function until(isSo: () => boolean): Promise<void> {
  const untilMs = clockMs() + DECIDED_WITHIN_MS;
  while (!isSo()) {
    if (clockMs() > untilMs) throw new Error(`not every event was decided within ${DECIDED_WITHIN_MS} ms`);
    await delay(LOOK_EVERY_MS);
  }
}

/** One measurement of throughput: a backlog that is there before the service starts, until the last of it is committed. */
import { setTimeout as delay } from "node:timers/promises";
import { kafkajs } from "../wire/cluster.js";
import { Application, type Guarantee } from "./application.js";
import { clockMs } from "./clock.js";
import { countDecisions, type DecisionCount } from "./decisions.js";
import { writeEvents } from "./produce.js";
import type { Servers } from "./servers.js";
import { Service } from "./service.js";
import { machineBusySeconds, usageOf } from "./usage.js";

export interface ThroughputOptions {
  readonly guarantee: Guarantee;
  readonly events: number;
  readonly conversations: number;
  readonly partitions: number;
  readonly nodeFlags: readonly string[];
}

export interface Throughput extends DecisionCount {
  readonly perSecond: number;
  /** The service's, from when it was given its partitions. */
  readonly cpuSeconds: number;
  /** The service's, before that. */
  readonly startCpuSeconds: number;
  readonly brokerCpuSeconds: number;
  /** Of all other processes in the same time, this one included. */
  readonly otherCpuSeconds: number;
  readonly peakBytes: number;
  /** From its start until it was given its partitions. */
  readonly startMs: number;
}

const LOOK_EVERY_MS = 20;

/** @throws Error when a decision is missing, or is there twice though it may not be */
export async function measureThroughput(servers: Servers, options: ThroughputOptions): Promise<Throughput> {
  const { guarantee, events, conversations, partitions, nodeFlags } = options;
  const application = await Application.make(servers, partitions);
  try {
    await writeEvents(application, events, conversations);
    const service = new Service({ application, folder: application.newFolder(), guarantee, nodeFlags });
    const used = await untilCommitted(application, service, events);
    await service.stop();
    const count = await countDecisions(application, events);
    mustBeRight(count, options);
    return { ...used, ...count };
  } finally {
    await application.remove();
  }
}

type Used = Omit<Throughput, keyof DecisionCount>;

async function untilCommitted(application: Application, service: Service, events: number): Promise<Used> {
  const { brokerPid } = application.servers;
  const progress = await Progress.open(application);
  const { atMs } = await service.assigned();
  const usedBefore = [service.usage, usageOf(brokerPid)].map(({ cpuSeconds }) => cpuSeconds);
  const busyBefore = machineBusySeconds();
  while (!(await progress.isDone())) await delay(LOOK_EVERY_MS);
  const seconds = (clockMs() - atMs) / 1_000;
  const busySeconds = machineBusySeconds() - busyBefore;
  const used = [service.usage, usageOf(brokerPid)].map(({ cpuSeconds }) => cpuSeconds);
  const [cpuSeconds = 0, brokerCpuSeconds = 0] = used.map((now, index) => now - (usedBefore[index] ?? 0));
  const { peakBytes } = service.usage;
  await progress.close();
  return {
    perSecond: events / seconds,
    cpuSeconds,
    startCpuSeconds: usedBefore[0] ?? 0,
    brokerCpuSeconds,
    otherCpuSeconds: busySeconds - cpuSeconds - brokerCpuSeconds,
    peakBytes,
    startMs: atMs - service.spawnedAtMs,
  };
}

/**
 * Whether the group has committed all of the input, which it does in the transactions of the outputs, or after them: far cheaper
 * to ask than to read along. By a client of other make, whose question does not wait for transactions to end.
 */
class Progress {
  private constructor(
    private readonly admin: ReturnType<ReturnType<typeof kafkajs>["admin"]>,
    private readonly groupId: string,
    private readonly ends: ReadonlyMap<string, number>,
  ) {}

  static async open(application: Application): Promise<Progress> {
    const { names, servers, id } = application;
    const places = application.places(names.conversationEvents, names.workItemEvents);
    const offsets = await application.ends(places);
    const admin = kafkajs(servers.bootstrap).admin();
    await admin.connect();
    const ends = places.map(({ topic, partition }, index) => [`${topic}/${partition}`, offsets[index] ?? 0] as const);
    return new Progress(admin, `${id}-ratchet`, new Map(ends));
  }

  async isDone(): Promise<boolean> {
    const topics = [...new Set([...this.ends.keys()].map((place) => place.split("/")[0] ?? ""))];
    const committed = await this.admin.fetchOffsets({ groupId: this.groupId, topics });
    const offsets = new Map<string, number>(
      committed.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
      ),
    );
    return [...this.ends].every(([place, end]) => (offsets.get(place) ?? 0) >= end);
  }

  close(): Promise<void> {
    return this.admin.disconnect();
  }
}

function mustBeRight({ decisions, decidedEvents }: DecisionCount, { events, guarantee }: ThroughputOptions): void {
  if (decidedEvents === events && (guarantee === "at_least_once" || decisions === events)) return;
  throw new Error(`${guarantee}: ${decisions} decisions of ${decidedEvents} events, and there were ${events}`);
}

/** The decisions as a consumer sees them that reads what is committed only. */
import { Reader } from "../../runtime/kafka/wire/index.js";
import { ContractCodec } from "../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../schemas/registry/confluent.js";
import type { Application } from "./application.js";
import { clockMs } from "./clock.js";

export interface DecisionCount {
  readonly decisions: number;
  /** How many events have one. */
  readonly decidedEvents: number;
}

/** Reads all that are committed. */
export async function countDecisions(application: Application, events: number): Promise<DecisionCount> {
  const codec = await decisionCodec(application);
  const places = application.places(application.names.decisions);
  const ends = await application.ends(places);
  const reader = new Reader(application.cluster, { isolation: "read_committed" });
  const left = new Set(places.filter(({ partition }) => (ends[partition] ?? 0) > 0).map(({ partition }) => partition));
  for (const place of places) if (left.has(place.partition)) reader.assign(place, 0);
  const decided = new Uint8Array(events);
  let decisions = 0;
  while (left.size > 0) {
    const { partition, records, nextOffset } = await reader.next();
    for (const { value } of records) {
      if (value === null) throw new Error("a decision without a value");
      decided[indexOf(codec.decode(value).rawPosition)] = 1;
      decisions += 1;
    }
    if (nextOffset >= (ends[partition] ?? 0)) left.delete(partition);
  }
  await reader.close();
  return { decisions, decidedEvents: decided.reduce((sum, one) => sum + one, 0) };
}

/** The producer counts its events there. */
function indexOf(rawPosition: string | null): number {
  return Number(rawPosition?.split(":")[1]);
}

export interface SeenDecision {
  /** When the event was produced; not a number for those of before the steady flow (epoch ms). */
  readonly producedMs: number;
  readonly seenMs: number;
}

/** Tells of each decision that comes, from now on, until it is told to stop. */
export class DecisionWatch {
  private constructor(
    private readonly reader: Reader,
    private readonly running: Promise<void>,
    private readonly over: AbortController,
  ) {}

  static async start(application: Application, onDecision: (seen: SeenDecision) => void): Promise<DecisionWatch> {
    const codec = await decisionCodec(application);
    const places = application.places(application.names.decisions);
    const ends = await application.ends(places);
    const reader = new Reader(application.cluster, { isolation: "read_committed" });
    for (const place of places) reader.assign(place, ends[place.partition] ?? 0);
    const over = new AbortController();
    const running = follow(reader, over.signal, (value, seenMs) => {
      onDecision({ producedMs: Number(codec.decode(value).traceId), seenMs });
    });
    running.catch(() => undefined);
    return new DecisionWatch(reader, running, over);
  }

  /** @throws what kept it from reading */
  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
    await this.reader.close();
  }
}

async function follow(
  reader: Reader,
  signal: AbortSignal,
  onValue: (value: Uint8Array, seenMs: number) => void,
): Promise<void> {
  try {
    for (;;) {
      const { records } = await reader.next(signal);
      const seenMs = clockMs();
      for (const { value } of records) if (value !== null) onValue(value, seenMs);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function decisionCodec({ names, servers }: Application): Promise<ContractCodec<"AssignmentDecision">> {
  const registry = new ConfluentSchemaRegistry({ url: servers.registryUrl });
  return ContractCodec.open("AssignmentDecision", `${names.decisions}-value`, registry);
}

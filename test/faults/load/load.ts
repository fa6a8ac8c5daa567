/** A steady load on an application: bodies into its raw topic by the independent client, and the books of what was written. */
import { setTimeout as delay } from "node:timers/promises";
import {
  type Application,
  type Delivery,
  type Reader,
  type RecordToAppend,
  topicsOf,
} from "../../support/verifier/index.js";
import type { Sent, Traffic } from "./traffic.js";

const TICK_MS = 50;
/** Batches that wait for an acknowledgement; with more, the load waits too. */
const WAITING_MAX = 12;
/** Of the records that are written straight to a joined topic. */
const STRAIGHT_SHARE = 0.002;

export interface LoadOptions {
  readonly perSecond: number;
  /** After so many bodies there are only `thenPerSecond`. */
  readonly fullUpTo: number;
  readonly thenPerSecond: number;
  readonly random: () => number;
}

export class Load {
  /** Every attempt, by the id of its delivery. */
  readonly deliveries = new Map<string, Delivery>();
  readonly #waiting = new Set<Promise<void>>();
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly reader: Reader,
    private readonly application: Application,
    private readonly traffic: Traffic,
    private readonly options: LoadOptions,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  /** @returns when everything that was written is acknowledged, or given up. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await Promise.all(this.#waiting);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const tick = delay(TICK_MS);
      const written = this.#write(Array.from({ length: this.#batchSize() }, () => this.traffic.next()));
      this.#waiting.add(written);
      void written.then(() => this.#waiting.delete(written));
      if (this.#waiting.size >= WAITING_MAX) await Promise.race(this.#waiting);
      await tick;
    }
  }

  #batchSize(): number {
    const { perSecond, fullUpTo, thenPerSecond } = this.options;
    return Math.ceil(((this.deliveries.size < fullUpTo ? perSecond : thenPerSecond) * TICK_MS) / 1000);
  }

  async #write(sent: readonly Sent[]): Promise<void> {
    const topics = topicsOf(this.application);
    const records = sent.map((one) => rawRecord(topics.raw, one));
    const straight = sent.filter(() => this.options.random() < STRAIGHT_SHARE);
    const others = straight.map(({ id }) => unreadableRecord(topics.conversation, id));
    const places = await this.reader.append([...records, ...others]);
    for (const [index, { id, outcome }] of sent.entries())
      this.deliveries.set(id, { id, outcome, place: places[index] ?? null });
  }
}

function rawRecord(topic: string, { id, source, key, body }: Sent): RecordToAppend {
  const receivedAt = String(Date.now());
  const headers = [["source", source] as const, ["delivery-id", id] as const, ["received-at", receivedAt] as const];
  return { topic, key, value: body, headers };
}

/** Others may write the joined topics too: this is no Avro, and belongs into the dead letters. */
function unreadableRecord(topic: string, key: string): RecordToAppend {
  return { topic, key, value: "not framed" };
}

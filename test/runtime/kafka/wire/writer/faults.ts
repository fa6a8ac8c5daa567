/** A seeded schedule of faults over a running cluster of three: answers lost, brokers killed and paused, leaders moving. */
import { setTimeout as delay } from "node:timers/promises";
import type { Broker, FrameRule, Kafka, RuleHandle } from "../../../../support/kafka/index.js";

/** For a cluster under faults: leaders go back to where they were within a second or two of a broker's return. */
export const FAULTY_CLUSTER = {
  brokers: 3,
  proxied: true,
  properties: {
    "leader.imbalance.check.interval.seconds": 1,
    "leader.imbalance.per.broker.percentage": 0,
    "replica.lag.time.max.ms": 3000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
  },
} as const;

/** Numbers from 0 to 1, the same for the same seed (xorshift). */
export function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

export class Faults {
  readonly #kafka: Kafka;
  readonly #random: () => number;
  readonly #rules = new Set<RuleHandle>();
  readonly #done: string[] = [];
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(kafka: Kafka, random: () => number) {
    this.#kafka = kafka;
    this.#random = random;
  }

  /** What has been done, in order. */
  get log(): readonly string[] {
    return this.#done;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** No more faults: every broker runs, nothing is lost any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    for (const rule of this.#rules) rule.remove();
    for (const broker of this.#kafka.brokers) if (!broker.isRunning()) await broker.restart();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const kinds = [
        () => this.#lose(),
        () => this.#lose(),
        () => this.#slow(),
        () => this.#kill(),
        () => this.#pause(),
      ];
      await kinds[Math.floor(this.#random() * kinds.length)]?.();
      await delay(this.#between(50, 300));
    }
  }

  /** Requests or answers that vanish, alone or with their connection. */
  async #lose(): Promise<void> {
    const apis = [
      "Produce",
      "Produce",
      "EndTxn",
      "AddPartitionsToTxn",
      "InitProducerId",
      "TxnOffsetCommit",
      "Metadata",
    ] as const;
    await this.#withRule({
      api: apis[Math.floor(this.#random() * apis.length)] ?? "Produce",
      on: this.#random() < 0.7 ? "response" : "request",
      action: this.#random() < 0.8 ? "cut" : "drop",
      probability: 0.2 + this.#random() / 2,
      random: this.#random,
    });
  }

  async #slow(): Promise<void> {
    const action = { delayMs: this.#between(5, 400) };
    await this.#withRule({ api: "Produce", on: "request", action, probability: 0.3, random: this.#random });
  }

  async #withRule(rule: FrameRule): Promise<void> {
    const handle = this.#kafka.rule(rule);
    this.#rules.add(handle);
    await delay(this.#between(100, 600));
    handle.remove();
    this.#rules.delete(handle);
    this.#done.push(`${rule.api} ${rule.on} ${JSON.stringify(rule.action)} × ${handle.hits}`);
  }

  async #kill(): Promise<void> {
    const broker = this.#anyBroker();
    this.#done.push(`kill ${broker.id}`);
    await broker.kill();
    await delay(this.#between(100, 1000));
    await broker.restart();
  }

  async #pause(): Promise<void> {
    const broker = this.#anyBroker();
    this.#done.push(`pause ${broker.id}`);
    broker.pause();
    await delay(this.#between(200, 1500));
    broker.resume();
  }

  #anyBroker(): Broker {
    return this.#kafka.broker(1 + Math.floor(this.#random() * this.#kafka.brokers.length));
  }

  #between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from));
  }
}

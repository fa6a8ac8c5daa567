/** The instances of a round, and the brokers: who is harmed at the moment is not harmed twice. */
import { setTimeout as delay } from "node:timers/promises";
import type { Broker } from "../support/kafka/cluster/index.js";
import type { Instance } from "./instance.js";

const LOOK_EVERY_MS = 20;

export class Fleet {
  readonly #harmed = new Set<Instance>();
  #brokerHarmed = false;
  #recovered: Promise<void> = Promise.resolve();

  constructor(
    readonly instances: readonly Instance[],
    private readonly brokers: readonly Broker[],
    private readonly random: () => number,
  ) {}

  /** Does something to an instance that nobody else is doing anything to. */
  async harmInstance(harm: (instance: Instance) => Promise<void>): Promise<void> {
    let instance = this.#free();
    for (; instance === undefined; instance = this.#free()) await delay(LOOK_EVERY_MS);
    this.#harmed.add(instance);
    try {
      await harm(instance);
    } finally {
      this.#harmed.delete(instance);
    }
  }

  /**
   * One at a time, and not before the last one is back: two of three are needed to write anything. Resolves when the harm is done:
   * a broker that was started again may take a while to be there.
   */
  async harmBroker(harm: (broker: Broker) => Promise<void>): Promise<void> {
    while (this.#brokerHarmed) await delay(LOOK_EVERY_MS);
    this.#brokerHarmed = true;
    const broker = this.brokers[Math.floor(this.random() * this.brokers.length)];
    if (broker === undefined) throw new Error("a cluster has a broker");
    await harm(broker);
    this.#recovered = broker.ready().finally(() => {
      this.#brokerHarmed = false;
    });
    // Whoever waits for it is told.
    this.#recovered.catch(() => undefined);
  }

  /** Every broker is there again, and every instance is started. @throws ServerFailed */
  async recover(): Promise<void> {
    await this.#recovered;
    for (const instance of this.instances) if (!instance.isRunning) instance.start();
  }

  #free(): Instance | undefined {
    const free = this.instances.filter((instance) => !this.#harmed.has(instance));
    return free[Math.floor(this.random() * free.length)];
  }
}

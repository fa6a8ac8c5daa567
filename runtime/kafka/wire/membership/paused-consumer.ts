/** kafkajs' consumer for membership alone: all its partitions paused throughout (K15), it joins, heartbeats and leaves. */

import type { Consumer } from "kafkajs";
import type { ClusterSettings } from "../cluster.js";
import type { WireError } from "../errors.js";
import { kafkajsClient } from "../kafkajs-client.js";
import { fromKafkajs } from "../kafkajs-errors.js";
import type { PrivateLog } from "../kafkajs-private.js";
import type { Claims } from "./assignor/assign.js";
import { partitionAssigner } from "./assignor/partition-assigner.js";
import { type Generation, type JoinRequest, NotToBeRetried, tapCoordinator } from "./coordinator-tap.js";

export interface PausedConsumerOptions {
  readonly settings: ClusterSettings;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

export interface PausedConsumerListener {
  claims(): Claims;
  joining(request: JoinRequest): Promise<string>;
  assigned(generation: Generation, partitions: readonly number[]): void;
  /** It has ended, and does not start again. */
  crashed(error: WireError): void;
}

/** How often kafkajs, with nothing to fetch, looks whether a heartbeat is due; to stop takes as long (K18). */
const LOOK_EVERY_MS = 100;

export class PausedConsumer {
  readonly #consumer: Consumer;
  readonly #options: PausedConsumerOptions;
  readonly #listener: PausedConsumerListener;
  #generation: Generation | null = null;
  #refusal: unknown = null;
  #stopped = false;

  constructor(options: PausedConsumerOptions, listener: PausedConsumerListener) {
    const { settings, groupId, sessionTimeoutMs, rebalanceTimeoutMs, heartbeatIntervalMs } = options;
    this.#options = options;
    this.#listener = listener;
    // Once it was stopped, that it is no member any more is no news.
    const log: PrivateLog = (...line) => (this.#stopped ? undefined : settings.log(...line));
    // While a leader assigns, the others wait for its answer: for as long as its session may last, and not less.
    this.#consumer = kafkajsClient({ ...settings, log }, Math.round(1.5 * sessionTimeoutMs)).consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      maxWaitTimeInMs: LOOK_EVERY_MS,
      allowAutoTopicCreation: false,
      // It would start again in ways of its own: not paused, without its member id, after it was stopped.
      retry: { restartOnFailure: async () => false },
      partitionAssigners: [
        ({ cluster }) => {
          tapCoordinator(cluster, {
            mustGoOn: () => this.#mustGoOn(),
            joining: (request) => this.#joining(request),
            synced: (generation) => {
              this.#generation = generation;
            },
          });
          return partitionAssigner(cluster, () => listener.claims());
        },
      ],
    });
    this.#listen();
  }

  /** Failures come through the listener. */
  async start(): Promise<void> {
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...this.#options.topics] });
      if (this.#stopped) return await this.#consumer.disconnect();
      const running = this.#consumer.run({
        autoCommit: false,
        eachBatch: () => Promise.reject(new NotToBeRetried("a paused consumer has fetched records")),
      });
      // Before the first fetch: a run has only begun to join. It holds for all partitions, whatever is assigned later.
      this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })));
      await running;
    } catch (error) {
      this.#crashed(error);
    }
  }

  /** Leaves the group and closes the connections. A join that is under way holds it up until the coordinator answers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#consumer.disconnect();
  }

  #listen(): void {
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      const generation = this.#generation;
      if (this.#stopped || generation === null) return;
      const partitions = new Set(Object.values(payload.memberAssignment).flat());
      this.#listener.assigned(
        generation,
        [...partitions].sort((one, other) => one - other),
      );
    });
    this.#consumer.on(CRASH, ({ payload }) => this.#crashed(payload.error));
  }

  async #joining(request: JoinRequest): Promise<string> {
    try {
      return await this.#listener.joining(request);
    } catch (error) {
      // kafkajs would pass on no more than its message.
      this.#refusal = error;
      throw new NotToBeRetried("there is no member id to join with");
    }
  }

  #mustGoOn(): void {
    if (this.#stopped) throw new NotToBeRetried("the member has left");
  }

  #crashed(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    // It has disconnected already where it crashed by itself.
    this.#consumer.disconnect().catch(() => undefined);
    this.#listener.crashed(fromKafkajs(this.#refusal ?? error, `group ${this.#options.groupId}`));
  }
}

/** The connection to one broker over which batches go, and how many requests are on it. */
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../cluster.js";
import type { BrokerConnection } from "../connection.js";
import { Backoff } from "../deadline.js";
import { asWireError, type WireError } from "../errors.js";
import { LONGEST_PAUSE_MS } from "./partition-queue.js";

const MAX_REQUESTS = 5;

export class LeaderLink {
  readonly nodeId: number;
  readonly #cluster: Pick<Cluster, "connection">;
  readonly #channel: string;
  #connection: BrokerConnection | null = null;
  readonly #backoff = new Backoff(LONGEST_PAUSE_MS);
  #opening = false;
  requests = 0;

  constructor(cluster: Pick<Cluster, "connection">, nodeId: number, channel: string) {
    this.#cluster = cluster;
    this.nodeId = nodeId;
    this.#channel = channel;
  }

  /** The connection, when a request may go over it now. Otherwise null, and `again` is called when that may have changed. */
  ready(again: () => void, failed: (error: WireError) => void): BrokerConnection | null {
    if (this.requests >= MAX_REQUESTS) return null;
    if (this.#connection?.usable) return this.#connection;
    // Requests on the old connection are answered or failed before there is a new one: batches keep their order.
    if (!this.#opening && this.requests === 0) void this.#open(again, failed);
    return null;
  }

  async #open(again: () => void, failed: (error: WireError) => void): Promise<void> {
    this.#opening = true;
    try {
      this.#connection = await this.#cluster.connection(this.nodeId, this.#channel);
      this.#backoff.reset();
    } catch (error) {
      failed(asWireError(error));
      // However often it is asked meanwhile, for the partitions of other brokers are written to.
      await delay(this.#backoff.nextMs());
    }
    this.#opening = false;
    again();
  }
}

/** One broker of a cluster, and what a test may do to it. */

import { ServerFailed, type ServerProcess } from "../processes/index.js";
import type { KafkaProxy } from "../proxy/index.js";
import { bootstrapOf } from "./listeners.js";

// Said after it is registered and unfenced.
const STARTED = "Kafka Server started";
const READY_WITHIN_MS = 60_000;

export class Broker {
  constructor(
    readonly id: number,
    private readonly server: ServerProcess,
    /** Where the PLAINTEXT listener is. */
    readonly port: number,
    private readonly proxyOrNone: KafkaProxy | null,
  ) {}

  /** For a client that is to begin with this broker. */
  get bootstrap(): string {
    return bootstrapOf([this.port]);
  }

  get logFile(): string {
    return this.server.logFile;
  }

  /** @throws when the cluster was started without `proxied`. */
  get proxy(): KafkaProxy {
    if (this.proxyOrNone === null) throw new Error("this cluster has no proxies: start it with `proxied: true`");
    return this.proxyOrNone;
  }

  isRunning(): boolean {
    return this.server.isRunning();
  }

  start(): void {
    this.server.start();
  }

  /** @throws ServerFailed naming its log. */
  async ready(): Promise<void> {
    await this.server.ready((log) => log.includes(STARTED), READY_WITHIN_MS);
  }

  /** Without a good-bye, and back only after `restart`. */
  async kill(): Promise<void> {
    this.server.signal("SIGKILL");
    await this.server.gone();
  }

  /** Orderly: its leaderships move first. */
  async shutdown(): Promise<void> {
    this.server.signal("SIGTERM");
    await this.server.gone();
  }

  /** On its own data and ports; killed first when it runs. It is ready when this resolves. */
  async restart(): Promise<void> {
    if (this.isRunning()) await this.kill();
    this.start();
    await this.ready();
  }

  /** It keeps its connections and answers nothing. */
  pause(): void {
    this.server.signal("SIGSTOP");
  }

  resume(): void {
    this.server.signal("SIGCONT");
  }
}

export function brokerOf(brokers: readonly Broker[], id: number): Broker {
  const found = brokers.find((broker) => broker.id === id);
  if (found === undefined) throw new ServerFailed(`there is no broker ${id}, only 1 to ${brokers.length}`);
  return found;
}

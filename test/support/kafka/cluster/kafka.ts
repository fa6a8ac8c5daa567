/** A running cluster, as a test holds it. */
import type { ProcessFolder } from "../processes/index.js";
import type { FrameRule, FrameRules, KafkaProxy, RuleHandle } from "../proxy/index.js";
import { type Broker, brokerOf } from "./broker.js";
import { bootstrapOf } from "./listeners.js";
import type { KafkaSecurity } from "./security.js";
import { kafkaTool, type Tool } from "./tool.js";

export class Kafka {
  /** For clients: `host:port,host:port`, without security. */
  readonly bootstrap: string;
  readonly tool: Tool = kafkaTool;

  constructor(
    readonly clusterId: string,
    readonly brokers: readonly Broker[],
    private readonly folder: ProcessFolder,
    private readonly proxies: readonly KafkaProxy[],
    private readonly everywhere: FrameRules,
    private readonly securityOrNone: KafkaSecurity | null,
  ) {
    this.bootstrap = bootstrapOf(brokers.map(({ port }) => port));
  }

  /** A client that starts here stays behind the proxies. @throws when the cluster was started without `proxied`. */
  get proxiedBootstrap(): string {
    return bootstrapOf(this.brokers.map(({ proxy }) => proxy.port));
  }

  /** @throws when the cluster was started without `security`. */
  get security(): KafkaSecurity {
    if (this.securityOrNone === null) throw new Error("only PLAINTEXT here: start it with `security: true`");
    return this.securityOrNone;
  }

  get logFiles(): string[] {
    return this.brokers.map(({ logFile }) => logFile);
  }

  /** @param id 1, 2 or 3. */
  broker(id: number): Broker {
    return brokerOf(this.brokers, id);
  }

  /** A rule for the frames of all proxies together: `times: 1` is once in all. */
  rule(rule: FrameRule): RuleHandle {
    return this.everywhere.add(rule);
  }

  /** The logs stay when the cluster is stopped. */
  keepLogs(): void {
    this.folder.keepLogs();
  }

  /** Kills the brokers and removes their data. */
  async stop(): Promise<void> {
    await Promise.all([this.folder.end(), ...this.proxies.map((proxy) => proxy.close())]);
  }
}

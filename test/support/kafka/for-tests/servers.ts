/** The servers of a group of tests, from its beginning to its end. */
import { type Kafka, type KafkaOptions, startKafka } from "../cluster/index.js";
import { type ClientSettings, IndependentClient } from "../independent-client/index.js";
import type { Needs } from "./missing.js";
import { type SharedKafka, type SharedRegistry, sharedKafka, sharedRegistry } from "./shared.js";

/** Its properties are there in tests and hooks, not while tests are only collected. */
export class Servers {
  private kafkaOrNone: SharedKafka | null = null;
  private registryOrNone: SharedRegistry | null = null;
  private clientOrNone: IndependentClient | null = null;
  private readonly owned = new Set<Kafka>();
  private readonly clients = new Set<IndependentClient>();

  constructor(private readonly needs: Needs) {}

  /** The run's, for which `kafka: "shared"` asks. */
  get kafka(): SharedKafka {
    return present(this.kafkaOrNone, `kafka: "shared"`);
  }

  get registry(): SharedRegistry {
    return present(this.registryOrNone, "registry: true");
  }

  /** Of the shared cluster. */
  get independentClient(): IndependentClient {
    return present(this.clientOrNone, `independentClient: true and kafka: "shared"`);
  }

  /** A cluster of the group's own; stopped at the end of the group when the test has not done so. */
  async startOwnKafka(options: KafkaOptions): Promise<Kafka> {
    if (this.needs.kafka !== "own") throw new Error(`a test that starts brokers asks for kafka: "own"`);
    const kafka = await startKafka(options);
    this.owned.add(kafka);
    return kafka;
  }

  /** Closed at the end of the group. */
  async startIndependentClient(bootstrap: string, config: ClientSettings = {}): Promise<IndependentClient> {
    if (this.needs.independentClient !== true) throw new Error("the test asks for independentClient: true");
    const client = await IndependentClient.start(bootstrap, config);
    this.clients.add(client);
    return client;
  }

  async start(): Promise<void> {
    const { kafka, registry, independentClient } = this.needs;
    await Promise.all([
      kafka === "shared" &&
        sharedKafka().then((started) => {
          this.kafkaOrNone = started;
        }),
      registry === true &&
        sharedRegistry().then((started) => {
          this.registryOrNone = started;
        }),
    ]);
    if (independentClient === true && this.kafkaOrNone !== null) {
      this.clientOrNone = await this.startIndependentClient(this.kafkaOrNone.bootstrap);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.clients].map((client) => client.close()));
    await Promise.all([...this.owned].map((kafka) => kafka.stop()));
  }

  /** @returns the logs of the servers, which stay from now on. */
  keepLogs(): string[] {
    for (const kafka of this.owned) kafka.keepLogs();
    const owned = [...this.owned].flatMap(({ logFiles }) => logFiles);
    return [...(this.kafkaOrNone?.logFiles ?? []), ...(this.registryOrNone?.logFiles ?? []), ...owned];
  }
}

function present<Part>(part: Part | null, need: string): Part {
  if (part === null)
    throw new Error(`not there: the group of tests asks for it with { ${need} }, in tests and hooks only`);
  return part;
}

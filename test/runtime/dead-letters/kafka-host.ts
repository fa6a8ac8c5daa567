/** The dead letters of an application on the shared servers, as a tool beside its instance sees them. */
import { DeadLetters, type LetterTopics } from "../../../runtime/dead-letters/index.js";
import { TopicsAtHand } from "../../../runtime/kafka/topics-at-hand.js";
import type { ProducedRecord } from "../../../runtime/task/index.js";
import type { Servers } from "../../support/kafka/index.js";
import { Application, type ProductEngine } from "../kafka/engine/support/application.js";
import { type LetterHost, PARTITIONS } from "./host.js";

export class KafkaLetters implements LetterHost {
  readonly letters: DeadLetters;
  readonly topics: LetterTopics;

  private constructor(
    readonly application: Application,
    private engine: ProductEngine,
    private readonly folder: string,
    private readonly atHand: TopicsAtHand,
  ) {
    this.topics = atHand;
    this.letters = new DeadLetters(atHand, application.settings);
  }

  static async start(servers: Servers): Promise<KafkaLetters> {
    const application = Application.forTests(servers, { partitions: PARTITIONS });
    const folder = await application.folder();
    const engine = await application.start({ folder });
    const brokers = servers.kafka.bootstrap.split(",");
    const atHand = await TopicsAtHand.open({ brokers, clientId: "test" }, Object.values(application.topics));
    return new KafkaLetters(application, engine, folder, atHand);
  }

  get topicPrefix(): string {
    return this.application.settings.topicPrefix;
  }

  async pipe(records: readonly ProducedRecord[]): Promise<void> {
    await this.engine.append(records.map((record) => ({ ...record, topic: `${this.topicPrefix}${record.topic}` })));
    await this.engine.caughtUp();
  }

  caughtUp(): Promise<void> {
    return this.engine.caughtUp();
  }

  async restart(tenant: string): Promise<void> {
    await this.engine.stop();
    Object.assign(this.application.settings, { tenant });
    this.engine = await this.application.start({ folder: this.folder });
  }

  async close(): Promise<void> {
    await this.atHand.close();
    await this.application.close();
  }
}

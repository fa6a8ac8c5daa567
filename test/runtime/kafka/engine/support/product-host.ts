/** The product in a Kafka engine on the shared servers, for the tests that both engines have to pass. */
import { LIMITS } from "../../../../../runtime/kafka/runner-ports.js";
import { type RowPage, type RowPageOptions, RowStore } from "../../../../../runtime/stores/index.js";
import type { ConsumedRecord, ProducedRecord } from "../../../../../runtime/task/index.js";
import { ASSIGNMENT_STORE } from "../../../../../topology/index.js";
import type { Servers } from "../../../../support/kafka/index.js";
import type { ProductHost, ProductHostOptions, RunningProduct } from "../../../product/host.js";
import { Application, type ProductEngine } from "./application.js";
import type { TopicsTail } from "./topics-tail.js";

class KafkaProduct implements RunningProduct {
  private readonly tail: TopicsTail;

  private constructor(
    private readonly options: ProductHostOptions,
    private readonly application: Application,
    private readonly folder: string,
    private engine: ProductEngine,
  ) {
    this.tail = application.tail();
  }

  static async start(servers: Servers, options: ProductHostOptions): Promise<KafkaProduct> {
    const application = Application.forTests(servers, options.settings);
    const folder = await application.folder();
    const engine = await life(options, application, folder);
    return new KafkaProduct(options, application, folder, engine);
  }

  get topicPrefix(): string {
    return this.application.settings.topicPrefix;
  }

  codec(topic: string) {
    return this.engine.codec(topic);
  }

  /** What goes to one topic comes in through the engine, in one batch. */
  async append(records: readonly ProducedRecord[]): Promise<void> {
    const several = new Set(records.map(({ topic }) => topic)).size > 1;
    await (several ? this.application.write(records) : this.engine.append(records));
  }

  /** One sub-topology is waited for after the other. */
  caughtUp(): Promise<void> {
    return this.engine.caughtUp();
  }

  async readNew(): Promise<readonly ConsumedRecord[]> {
    const records = await this.tail.readNew();
    return records.filter(({ topic }) => topic !== this.application.topics.changelog);
  }

  page(partition: number, options: RowPageOptions): Promise<RowPage> {
    const rows = this.engine.store(ASSIGNMENT_STORE, partition);
    if (!(rows instanceof RowStore)) throw new Error("rows are read page by page from a RowStore");
    return rows.page(options);
  }

  async restart(): Promise<void> {
    await this.engine.stop();
    this.engine = await life(this.options, this.application, this.folder);
  }

  close(): Promise<void> {
    return this.application.close();
  }
}

function life({ now, committed }: ProductHostOptions, application: Application, folder: string) {
  return application.start({ folder, now, observer: { committed } });
}

export function kafkaHost(servers: Servers): ProductHost {
  return {
    name: "the Kafka engine",
    hasDenseOffsets: false,
    maxCheckpointRecords: LIMITS.gatheredRecords + LIMITS.batchRecords,
    start: (options) => KafkaProduct.start(servers, options),
  };
}

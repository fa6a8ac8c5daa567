/** The product in Kafka engines of this process: an application with names of its own, its engines, and all that it has written. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { KafkaEngine, type KafkaEngineOptions } from "../../../../../runtime/kafka/index.js";
import { Cluster, TransactionalWriter } from "../../../../../runtime/kafka/wire/index.js";
import { writeRequests } from "../../../../../runtime/kafka/write-requests.js";
import type { ConsumedRecord, ProducedRecord } from "../../../../../runtime/task/index.js";
import { ConfluentSchemaRegistry } from "../../../../../schemas/registry/confluent.js";
import {
  type ProductOutcome,
  type ProductSettings,
  productTopology,
  type TopicNames,
  topicNames,
} from "../../../../../topology/index.js";
import { type Servers, uniqueTopic } from "../../../../support/kafka/index.js";
import { TopicsTail } from "./topics-tail.js";

export type ProductEngine = KafkaEngine<ProductOutcome>;
export type EngineOptions = Partial<Omit<KafkaEngineOptions<ProductOutcome>, "topology" | "cluster" | "registry">>;

/** Events of these tests are as old as can be: none goes. */
const RETENTION_MS = -1;
const STEP_MS = 20_000;

export class Application {
  readonly settings: ProductSettings;
  readonly topics: TopicNames;
  private readonly cluster: Cluster;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private writer: TransactionalWriter | null = null;

  private constructor(
    private readonly servers: Servers,
    settings: Partial<ProductSettings>,
  ) {
    const applicationId = uniqueTopic("app");
    const topicPrefix = `${applicationId}.`;
    this.settings = { partitions: 3, tenant: null, workItemStream: "present", ...settings, applicationId, topicPrefix };
    this.topics = topicNames({ prefix: topicPrefix, applicationId });
    this.cluster = this.newCluster();
  }

  /** It ends with the test. */
  static forTest(servers: Servers, settings: Partial<ProductSettings> = {}): Application {
    const application = new Application(servers, settings);
    onTestFinished(() => application.close());
    return application;
  }

  /** For several tests together, who call {@link close} after the last one. */
  static forTests(servers: Servers, settings: Partial<ProductSettings> = {}): Application {
    return new Application(servers, settings);
  }

  /** An engine that is not started; stopped by {@link close}. In a folder of its own unless one is named. */
  async open(options: EngineOptions = {}): Promise<ProductEngine> {
    const { applicationId, topicPrefix, partitions } = this.settings;
    const engine = await KafkaEngine.open<ProductOutcome>({
      topology: productTopology(this.settings),
      applicationId,
      topicPrefix,
      partitions,
      replicationFactor: 1,
      retentionMs: RETENTION_MS,
      cluster: { brokers: this.servers.kafka.bootstrap.split(",") },
      registry: new ConfluentSchemaRegistry({ url: this.servers.registry.url }),
      ...options,
      folder: options.folder ?? (await this.folder()),
    });
    this.closers.unshift(() => engine.stop().catch(() => undefined));
    return engine;
  }

  async start(options: EngineOptions = {}): Promise<ProductEngine> {
    const engine = await this.open(options);
    engine.start();
    return engine;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-kafka-"));
    this.closers.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Everything that is committed in the topics, and whatever comes. */
  tail(): TopicsTail {
    const { changelog, ...topics } = this.topics;
    const partitions = (topic: string) => (topic === topics.deadLetters ? 1 : this.settings.partitions);
    const places = [...Object.values(topics), changelog].flatMap((topic) =>
      Array.from({ length: partitions(topic) }, (_, partition) => ({ topic, partition })),
    );
    const tail = new TopicsTail(this.newCluster(), places);
    this.closers.push(() => tail.close());
    return tail;
  }

  /** All that is committed now. */
  async records(): Promise<readonly ConsumedRecord[]> {
    return this.tail().readNew();
  }

  /** As another producer writes to several topics: in one transaction, so that nobody sees a part of it. */
  async write(records: readonly ProducedRecord[]): Promise<void> {
    this.writer ??= await TransactionalWriter.open(this.cluster, {
      transactionalId: uniqueTopic("producer"),
      transactionTimeoutMs: STEP_MS,
      stepTimeoutMs: STEP_MS,
      deliveryTimeoutMs: STEP_MS,
    });
    const { writer } = this;
    writer.begin();
    await Promise.all(writeRequests(records, () => this.settings.partitions).map((request) => writer.send(request)));
    await writer.commit();
  }

  async close(): Promise<void> {
    for (const close of this.closers.splice(0)) await close();
    await this.writer?.close();
    await this.cluster.close();
  }

  private newCluster(): Cluster {
    const cluster = new Cluster({ brokers: this.servers.kafka.bootstrap.split(","), clientId: "test" });
    this.closers.push(() => cluster.close());
    return cluster;
  }
}

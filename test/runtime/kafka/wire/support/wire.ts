/** What tests of the wire room share: a cluster as the product sees it, topics, records. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { onTestFinished } from "vitest";
import { Cluster, type ClusterOptions } from "../../../../../runtime/kafka/wire/index.js";
import type { BatchRecord } from "../../../../../runtime/records/index.js";

/** Closed at the end of the test. */
export function clusterFor(bootstrap: string, options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({ brokers: bootstrap.split(","), clientId: "test", ...options });
  onTestFinished(() => cluster.close());
  return cluster;
}

export interface TopicSettings {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** By kafkajs, which is not what is tested. */
export async function createTopic(bootstrap: string, topic: string, settings: TopicSettings = {}): Promise<string> {
  const { partitions = 1, replicas = 1, config = {} } = settings;
  const admin = new KafkaJs({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor: replicas,
          configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  } finally {
    await admin.disconnect();
  }
  return topic;
}

export function record(value: string, key: string | null = null): BatchRecord {
  return { timestamp: Date.now(), key: key === null ? null : Buffer.from(key), value: Buffer.from(value), headers: [] };
}

/** Numbers as the independent client's digest reads them, in records of 100 bytes. */
export function numbered(number: number, key: string): BatchRecord {
  const value = Buffer.alloc(100);
  value.writeBigInt64BE(BigInt(number));
  return { timestamp: Date.now(), key: Buffer.from(key), value, headers: [] };
}

/** How a promise came out, for those that are not awaited at once. */
export function settled<T>(promise: Promise<T>): Promise<T | Error> {
  return promise.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}

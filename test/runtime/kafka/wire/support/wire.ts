/** What tests of the wire room share: a cluster as the product sees it, topics, records. */
import { setTimeout as delay } from "node:timers/promises";
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { afterEach, onTestFinished } from "vitest";
import { Cluster, type ClusterOptions } from "../../../../../runtime/kafka/wire/index.js";
import type { BatchRecord } from "../../../../../runtime/records/index.js";
import type { FrameRule, Kafka, RuleHandle } from "../../../../support/kafka/index.js";

/** Closed at the end of the test. */
export function clusterFor(bootstrap: string, options: Partial<ClusterOptions> = {}): Cluster {
  const cluster = new Cluster({ brokers: bootstrap.split(","), clientId: "test", ...options });
  onTestFinished(() => cluster.close());
  return cluster;
}

/** Makes rules for the frames of all proxies that are gone at the end of each test. For the body of a group of tests. */
export function temporaryRules(kafka: () => Kafka): (rule: FrameRule) => RuleHandle {
  const rules: RuleHandle[] = [];
  afterEach(() => {
    for (const one of rules.splice(0)) one.remove();
  });
  return (given) => {
    const handle = kafka().rule(given);
    rules.push(handle);
    return handle;
  };
}

export interface TopicSettings {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly config?: Readonly<Record<string, string>>;
}

const CREATED_WITHIN_MS = 20_000;

/** By kafkajs, which is not what is tested. Tries again while the cluster gets over a fault. */
export async function createTopic(bootstrap: string, topic: string, settings: TopicSettings = {}): Promise<string> {
  const { partitions = 1, replicas = 1, config = {} } = settings;
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const one = { topic, numPartitions: partitions, replicationFactor: replicas, configEntries };
  const admin = new KafkaJs({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const untilMs = Date.now() + CREATED_WITHIN_MS;
    for (;;) {
      try {
        // False when it is there, from a try before.
        await admin.createTopics({ waitForLeaders: true, topics: [one] });
        return topic;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await delay(200);
      }
    }
  } finally {
    await admin.disconnect();
  }
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

/** The brokers that a benchmark runs against: those of KAFKA_BROKERS, or real ones started for it. */
import { Kafka, logLevel } from "kafkajs";
import { startKafka } from "../../test/support/kafka/cluster/index.js";

export interface BenchCluster {
  readonly bootstrap: string;
  readonly stop: () => Promise<void>;
}

/** @throws when there is no Java 17 or Maven to start them with */
export async function benchCluster(brokers: 1 | 3): Promise<BenchCluster> {
  const given = process.env.KAFKA_BROKERS;
  if (given !== undefined) return { bootstrap: given, stop: async () => undefined };
  const kafka = await startKafka({ brokers });
  return { bootstrap: kafka.bootstrap, stop: () => kafka.stop() };
}

/** Replicated to all brokers. @throws when a topic is there already */
export async function createTopics(bootstrap: string, topics: Readonly<Record<string, number>>): Promise<void> {
  const admin = kafkajs(bootstrap).admin();
  await admin.connect();
  const replicationFactor = Math.min(3, (await admin.describeCluster()).brokers.length);
  await admin.createTopics({
    waitForLeaders: true,
    topics: Object.entries(topics).map(([topic, numPartitions]) => ({ topic, numPartitions, replicationFactor })),
  });
  await admin.disconnect();
}

export function kafkajs(bootstrap: string): Kafka {
  return new Kafka({ brokers: bootstrap.split(","), clientId: "bench", logLevel: logLevel.NOTHING });
}

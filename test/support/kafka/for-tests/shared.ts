/** The servers that all tests of a run share, or those that the environment names. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { z } from "zod";
import { startKafka } from "../cluster/index.js";
import { startRegistry } from "../registry/index.js";
import { oncePerRun } from "./once-per-run.js";

const KAFKA = z.object({ bootstrap: z.string(), clusterId: z.string(), logFiles: z.array(z.string()) }).readonly();
const REGISTRY = z.object({ url: z.string(), logFiles: z.array(z.string()) }).readonly();

/** One broker, never killed: a test makes topics and groups of its own in it. */
export type SharedKafka = z.output<typeof KAFKA>;
export type SharedRegistry = z.output<typeof REGISTRY>;

/** `KAFKA_BROKERS`, where it is set. */
export const givenBrokers = (): string | null => process.env.KAFKA_BROKERS || null;

/** `KAFKA_REGISTRY_URL`, where it is set. */
export const givenRegistry = (): string | null => process.env.KAFKA_REGISTRY_URL || null;

export async function sharedKafka(): Promise<SharedKafka> {
  const given = givenBrokers();
  if (given !== null) return { bootstrap: given, clusterId: await clusterIdOf(given), logFiles: [] };
  return oncePerRun("kafka", KAFKA, async (place) => {
    const { bootstrap, clusterId, logFiles } = await startKafka({ brokers: 1, ...place });
    return { bootstrap, clusterId, logFiles };
  });
}

export async function sharedRegistry(): Promise<SharedRegistry> {
  const given = givenRegistry();
  if (given !== null) return { url: given, logFiles: [] };
  return oncePerRun("registry", REGISTRY, async (place) => {
    const { url, logFile } = await startRegistry(place);
    return { url, logFiles: [logFile] };
  });
}

async function clusterIdOf(bootstrap: string): Promise<string> {
  const admin = new KafkaJs({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}

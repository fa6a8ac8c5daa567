/** The servers of a benchmark: one real broker, set up as it comes where that costs time, and a schema registry. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startKafka, startRegistry } from "../../test/support/kafka/index.js";

export interface Servers {
  readonly bootstrap: string;
  readonly registryUrl: string;
  readonly brokerPid: number;
  readonly stop: () => Promise<void>;
}

/** Kafka's own defaults in place of those for tests: a cleaner that looks five times a second would work beside every run. */
const PROPERTIES = {
  "log.retention.check.interval.ms": 300_000,
  "log.cleaner.backoff.ms": 15_000,
  "log.cleaner.io.buffer.size": 524_288,
  "log.cleaner.dedupe.buffer.size": 134_217_728,
  "num.network.threads": 3,
  "num.io.threads": 8,
};

/** @throws ServerFailed, DownloadFailed */
export async function startServers(): Promise<Servers> {
  const kafka = await startKafka({ brokers: 1, properties: PROPERTIES });
  try {
    const registry = await startRegistry();
    return {
      bootstrap: kafka.bootstrap,
      registryUrl: registry.url,
      brokerPid: brokerPid(kafka.broker(1).logFile),
      stop: async () => {
        await Promise.all([kafka.stop(), registry.stop()]);
      },
    };
  } catch (error) {
    await kafka.stop();
    throw error;
  }
}

/** Written beside its log. */
function brokerPid(logFile: string): number {
  return Number(readFileSync(join(dirname(logFile), "broker-1.pid"), "utf8"));
}

/** An application of a test's own on the shared servers: names that no other test has, and the flags that go with them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Servers, uniqueTopic } from "../../../support/kafka/index.js";

export interface Application {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  /** A data folder for one instance; it goes with the test. */
  folder(): Promise<string>;
  /** The flags of `start` for an instance on the folder. */
  flags(folder: string): string[];
}

export function newApplication({ kafka, registry }: Servers, partitions = 3): Application {
  const applicationId = uniqueTopic("app");
  const topicPrefix = `${applicationId}.`;
  return {
    applicationId,
    topicPrefix,
    partitions,
    async folder() {
      const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-kafka-"));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
    flags: (folder) =>
      Object.entries({
        engine: "kafka",
        brokers: kafka.bootstrap,
        "registry-url": registry.url,
        "data-dir": folder,
        "application-id": applicationId,
        "topic-prefix": topicPrefix,
        partitions: String(partitions),
      }).flatMap(([name, value]) => [`--${name}`, value]),
  };
}

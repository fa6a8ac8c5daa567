/** Sessions against a real broker and a schema registry. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { uniqueTopic } from "../../support/kafka/index.js";
import { ports, putEvents } from "./local-sessions.js";
import type { Surroundings } from "./session.js";

/** The servers of a run of the tests. */
export interface KafkaServers {
  readonly brokers: string;
  readonly registry: string;
}

export const KAFKA_SESSIONS: Readonly<Record<string, (servers: KafkaServers) => Promise<Surroundings>>> = {
  "start-kafka": async (servers) => {
    const { env, replace } = await application(servers);
    return {
      env,
      // The same command, with an end.
      replace: [...replace, ["/var/lib/queue-ratchet", "data --input events.ndjson --exit-after-input"]],
      before: putEvents,
      after: async ({ folder }) => expect(await readdir(join(folder, "data"))).toContain("kafka"),
    };
  },
};

/** An application of its own: on a shared cluster, names of topics are everybody's. */
export async function application({ brokers, registry }: KafkaServers) {
  const { env, replace } = await ports();
  const name = uniqueTopic("docs");
  return {
    name,
    env: { ...env, QUEUE_RATCHET_TOPIC_PREFIX: `${name}-`, QUEUE_RATCHET_PARTITIONS: "3" },
    replace: [
      ...replace,
      ["kafka-1:9092,kafka-2:9092", brokers],
      ["http://registry:8081", registry],
      ["--application-id queue-ratchet", `--application-id ${name}`],
    ] as const,
  };
}

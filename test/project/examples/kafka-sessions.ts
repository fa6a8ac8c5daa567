/** Sessions against a real broker and a schema registry. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type IndependentClient, uniqueTopic } from "../../support/kafka/index.js";
import { INCIDENT_TENANT } from "../../support/program.js";
import { ports, putEvents, succeeded } from "./local-sessions.js";
import type { Surroundings } from "./session.js";
import type { Shell } from "./shell.js";

/** The servers of a run of the tests. */
export interface KafkaServers {
  readonly brokers: string;
  readonly registry: string;
  readonly client: IndependentClient;
  /** The interpreter with the packages that the examples in Python need. */
  readonly python: string;
}

export const KAFKA_SESSIONS: Readonly<Record<string, (servers: KafkaServers) => Surroundings | Promise<Surroundings>>> =
  {
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
    python: (servers) =>
      consuming(servers, async (shell, topic) => {
        const printed = await succeeded(
          shell,
          `python3 consumer.py ${servers.brokers} ${servers.registry} ${topic} table.db --until-end`,
        );
        expect(printed).toBe("0 records with something new, 4 without\n");
      }),
    typescript: (servers) =>
      consuming(servers, async (shell, topic) => {
        const printed = await succeeded(
          shell,
          `node sqlite.js ${servers.brokers} ${servers.registry} ${topic} table.db --until-end`,
        );
        expect(printed).toContain("0 applied, 4 skipped\n");
        expect(printed).toContain('"holder":"5fa2a5a910e1be0019cda332"');
      }),
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

/**
 * The incident is in the sync topic. Afterwards come its records once more, newest first, behind one that was never committed: `again`
 * runs the example on them, which is to skip all of them.
 */
async function consuming(
  servers: KafkaServers,
  again: (shell: Shell, topic: string) => Promise<void>,
): Promise<Surroundings> {
  const { client, brokers, registry, python } = servers;
  const { name, env, replace } = await application(servers);
  const topic = `${name}-queue-assignments`;
  const start = `queue-ratchet start --engine kafka --brokers ${brokers} --registry-url ${registry} --application-id ${name}`;
  const data = `--data-dir data --tenant ${INCIDENT_TENANT} --input events.ndjson --exit-after-input`;
  return {
    env,
    path: [dirname(python), dirname(process.execPath)],
    replace: [...replace, [" queue-assignments", ` ${topic}`]],
    before: async (shell) => {
      await putEvents(shell);
      await succeeded(shell, `${start} ${data}`);
    },
    after: async (shell) => {
      const written = await client.read({ topic, isolation: "read_committed" });
      const aborted = await client.transactional(`${name}-aborts`);
      await aborted.begin();
      await aborted.send(topic, [{ key: "never", value: "committed" }]);
      await aborted.abort();
      await client.produce({ topic, records: written.map(({ key, value }) => ({ key, value })).reverse() });
      await again(shell, topic);
    },
  };
}

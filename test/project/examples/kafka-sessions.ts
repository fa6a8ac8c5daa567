/** Sessions against a real broker and a schema registry. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type IndependentClient, uniqueTopic } from "../../support/kafka/index.js";
import { freePorts } from "../../support/kafka/processes/index.js";
import { INCIDENT_KEY, INCIDENT_TENANT } from "../../support/program.js";
import { ports, putEvents, putProcessed, succeeded } from "./local-sessions.js";
import { expectRightTable } from "./mixed-topic.js";
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
    "start-kafka": processing,
    upgrade: processing,
    migrate: async (servers) => {
      const { name, env, replace } = await application(servers);
      const { QUEUE_RATCHET_PARTITIONS: _, ...rest } = env;
      return {
        env: { ...rest, QUEUE_RATCHET_APPLICATION_ID: name },
        replace: [...replace, ["/var/lib/queue-ratchet", "data"]],
        before: putProcessed,
        after: async () => {
          const written = await servers.client.read({
            topic: `${name}-queue-assignments`,
            isolation: "read_committed",
          });
          expect(written.map(({ key, headers }) => [String(key), headers.map(([header]) => header)])).toEqual([
            [INCIDENT_KEY, expect.arrayContaining(["republished"])],
          ]);
        },
      };
    },
    "readme-migrate": async (servers) => {
      const { name, env, replace } = await application(servers);
      const elsewhere = `--to-application-id ${name}-e --to-topic-prefix ${name}.e.`;
      const start = `queue-ratchet start --engine kafka --brokers ${servers.brokers} --application-id ${name}`;
      return {
        env: { ...env, QUEUE_RATCHET_REGISTRY_URL: servers.registry },
        replace: [
          ...replace,
          ["kafka-1:9092", servers.brokers],
          ["/var/lib/queue-ratchet", "data"],
          ["--dry-run", `--dry-run ${elsewhere}`],
          ["queue-ratchet-2", `${name}-2`],
          ["v2.", `${name}.v2.`],
        ],
        before: async (shell) => {
          await putProcessed(shell);
          await succeeded(
            shell,
            `${start} --data-dir kafka --tenant ${INCIDENT_TENANT} --input events.ndjson --exit-after-input`,
          );
        },
        after: async () => {
          const changelog = `${name}.v2.${name}-2-assignment-store-changelog`;
          const keys = (await servers.client.read({ topic: changelog, isolation: "read_committed" })).map(({ key }) =>
            String(key),
          );
          expect(keys).toContain(INCIDENT_KEY);
        },
      };
    },
    instances: async (servers) => {
      const { env, replace } = await application(servers);
      const [http1, metrics1, http2, metrics2] = await freePorts(4);
      return {
        env,
        replace: [
          ...replace,
          ["--port 8081 --metrics-port 9465", `--port ${http1} --metrics-port ${metrics1}`],
          ["--port 8082 --metrics-port 9466", `--port ${http2} --metrics-port ${metrics2}`],
          ["127.0.0.1:8081", `127.0.0.1:${http1}`],
          ["127.0.0.1:8082", `127.0.0.1:${http2}`],
        ],
      };
    },
    python: (servers) =>
      consuming(servers, "python3 consumer.py", "0 records with something new, 4 without\n", async (shell, file) =>
        JSON.parse(await succeeded(shell, `python3 -c '${TABLE_IN_PYTHON}' ${file}`)),
      ),
    typescript: (servers) =>
      consuming(servers, "node sqlite.js", "0 applied, 4 skipped\n", async (_, __, printed) => {
        const rows = printed.split("\n").filter((line) => line.startsWith("{"));
        return Object.fromEntries(rows.map((line) => JSON.parse(line)).map(({ key, ...row }) => [key, row]));
      }),
  };

const TABLE_IN_PYTHON = `import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute("SELECT key, assignment, lifecycle FROM conversation")
print(json.dumps({k: {"holder": (json.loads(a) or {}).get("id"), "lifecycle": json.loads(l)} for k, a, l in rows}))`;

/** The session of `secured.test.ts`, whose broker allows nothing that it was not told to. */
export const SECURED_SESSION = "acls";

/** A command that would run for ever, with an end: the input is processed. */
async function processing(servers: KafkaServers): Promise<Surroundings> {
  const { env, replace } = await application(servers);
  return {
    env,
    replace: [...replace, ["/var/lib/queue-ratchet", "data --input events.ndjson --exit-after-input"]],
    before: putEvents,
    after: async ({ folder }) => expect(await readdir(join(folder, "data"))).toContain("kafka"),
  };
}

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
 * The incident is in the sync topic. Afterwards come its records once more, newest first, behind one that was never committed, which
 * the example is to skip; then it reads a topic of mixed records.
 */
async function consuming(
  servers: KafkaServers,
  example: string,
  skipping: string,
  table: (shell: Shell, file: string, printed: string) => Promise<unknown>,
): Promise<Surroundings> {
  const { client, brokers, registry, python } = servers;
  const { name, env, replace } = await application(servers);
  const topic = `${name}-queue-assignments`;
  const start = `queue-ratchet start --engine kafka --brokers ${brokers} --registry-url ${registry} --application-id ${name}`;
  const data = `--data-dir data --tenant ${INCIDENT_TENANT} --input events.ndjson --exit-after-input`;
  const consume = (shell: Shell, of: string, file: string) =>
    succeeded(shell, `${example} ${brokers} ${registry} ${of} ${file} --until-end`);
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
      expect(await consume(shell, topic, "table.db")).toContain(skipping);
      const framing = written[0]?.value?.subarray(0, 5) ?? new Uint8Array();
      await expectRightTable(servers, framing, async (mixed) =>
        table(shell, "mixed.db", await consume(shell, mixed, "mixed.db")),
      );
    },
  };
}

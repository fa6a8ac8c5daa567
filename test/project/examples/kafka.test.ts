/** Examples of README.md and docs/ that need Kafka, against a real broker and a schema registry. */
import { beforeAll, it } from "vitest";
import { pythonWithClients } from "../../support/kafka/downloads/index.js";
import { describeWithKafka } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { KAFKA_SESSIONS } from "./kafka-sessions.js";
import { runSession } from "./session.js";

/** What others show in much the same way. */
const ALIKE: ReadonlySet<string> = new Set(["upgrade", "instances", "readme-migrate"]);
const NEEDS = { kafka: "shared", registry: true, independentClient: true } as const;

describeWithKafka("the examples that need Kafka", NEEDS, (servers) => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWithClients();
  });

  for (const [name, open] of Object.entries(KAFKA_SESSIONS)) {
    const test = ALIKE.has(name) ? slowly : it;
    test(`those of the session ${name} do what the documents say`, async () => {
      const { kafka, registry, independentClient: client } = servers;
      await runSession(name, await open({ brokers: kafka.bootstrap, registry: registry.url, client, python }));
    });
  }
});

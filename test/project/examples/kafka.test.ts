/** Examples of README.md and docs/ that need Kafka, against a real broker and a schema registry. */
import { beforeAll, it } from "vitest";
import { pythonWithClients } from "../../support/kafka/downloads/index.js";
import { describeWithKafka } from "../../support/kafka/index.js";
import { KAFKA_SESSIONS } from "./kafka-sessions.js";
import { runSession } from "./session.js";

const NEEDS = { kafka: "shared", registry: true, independentClient: true } as const;

describeWithKafka("the examples that need Kafka", NEEDS, (servers) => {
  let python: string;
  beforeAll(async () => {
    python = await pythonWithClients();
  });

  it.each(Object.entries(KAFKA_SESSIONS))("those of the session %s do what the documents say", async (name, open) => {
    const { kafka, registry, independentClient: client } = servers;
    await runSession(name, await open({ brokers: kafka.bootstrap, registry: registry.url, client, python }));
  });
});

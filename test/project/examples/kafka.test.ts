/** Examples of README.md and docs/ that need Kafka, against a real broker and a schema registry. */
import { it } from "vitest";
import { describeWithKafka } from "../../support/kafka/index.js";
import { KAFKA_SESSIONS } from "./kafka-sessions.js";
import { runSession } from "./session.js";

describeWithKafka("the examples that need Kafka", { kafka: "shared", registry: true }, (servers) => {
  it.each(Object.entries(KAFKA_SESSIONS))("those of the session %s do what the documents say", async (name, open) => {
    await runSession(name, await open({ brokers: servers.kafka.bootstrap, registry: servers.registry.url }));
  });
});

/** A partition count that changes while the engine runs parts keys from their rows: nothing goes on. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { expect, it } from "vitest";
import { TopicsError } from "../../../../runtime/kafka/topics.js";
import { describeWithKafka, until } from "../../../support/kafka/index.js";
import { Application } from "./support/application.js";

const WITHIN_MS = 20_000;

describeWithKafka("a topic that gets more partitions", { kafka: "shared", registry: true }, (servers) => {
  it("ends the engine, with the topic and both counts", async () => {
    const application = Application.forTest(servers, { partitions: 2 });
    const engine = await application.start({ partitionWatchIntervalMs: 100 });
    expect(await until(() => engine.isReady, WITHIN_MS)).toBe(true);
    const topic = application.topics.workItemEvents;
    const admin = new KafkaJs({ brokers: servers.kafka.bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    await admin.disconnect();
    expect(await until(() => engine.failure !== null, WITHIN_MS)).toBe(true);
    expect(engine.failure).toBeInstanceOf(TopicsError);
    expect(engine.failure?.message).toMatch(new RegExp(`topic ${topic} has 3 partitions now, and had 2`));
    expect([engine.state, engine.isReady]).toEqual(["failed", false]);
  });
});

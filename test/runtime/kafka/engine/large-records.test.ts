/** Records as large as the brokers take them: what cannot be read of them must not hold up what comes behind. */
import { Kafka as KafkaJs, logLevel } from "kafkajs";
import { expect, it } from "vitest";
import { kustomerLines } from "../../../processors/sources/documents.js";
import { describeWithKafka } from "../../../support/kafka/index.js";
import { Application } from "./support/application.js";

/** Less than a broker's default for one batch (max.message.bytes, 1,048,588), and than a Java producer's (1,048,576). */
const LARGE_BYTES = 1_040_000;

describeWithKafka("a raw event of another producer that is large", { kafka: "shared", registry: true }, (servers) => {
  it("and cannot be read lies in the dead letters, and the next event is decided", async () => {
    const application = Application.forTest(servers, { partitions: 1 });
    const engine = await application.start();
    const { rawEvents } = application.topics;
    const headers = { source: "kustomer" };
    const values = [Buffer.alloc(LARGE_BYTES, "{"), Buffer.from(kustomerLines[0] ?? "")];
    const kafka = new KafkaJs({ brokers: servers.kafka.bootstrap.split(","), logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    for (const value of values) await producer.send({ topic: rawEvents, messages: [{ key: null, value, headers }] });
    await producer.disconnect();
    await engine.caughtUp();
    const topics = (await application.records()).map(({ topic }) => topic);
    expect(topics).toContain(application.topics.deadLetters);
    expect(topics).toContain(application.topics.decisions);
  });
});

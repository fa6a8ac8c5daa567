/** The dead letters of the Kafka engine, on a real broker. */
import { describeWithKafka } from "../../support/kafka/index.js";
import { KafkaLetters } from "./kafka-host.js";
import { letterTests } from "./letter-tests.js";

describeWithKafka("with a real broker", { kafka: "shared", registry: true }, (servers) => {
  letterTests("the dead letters of the Kafka engine", () => KafkaLetters.start(servers));
});

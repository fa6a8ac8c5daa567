/** The live application on Kafka, on a real broker. */
import { describeWithKafka } from "../../support/kafka/index.js";
import { startKafka } from "./kafka-host.js";
import { liveTests } from "./live-tests.js";

describeWithKafka("with a real broker", { kafka: "shared", registry: true }, (servers) => {
  liveTests("the live application on Kafka", () => startKafka(servers));
});

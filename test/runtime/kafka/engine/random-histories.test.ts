/** Random histories in the Kafka engine on a real broker, against the brute-force oracle. */
import { setting } from "../../../oracle/settings.js";
import { describeWithKafka } from "../../../support/kafka/index.js";
import { randomHistoryTests } from "../../product/random-histories.js";
import { kafkaHost } from "./support/product-host.js";

/** Each takes some transactions for each of its chunks. */
const RUNS = Math.min(setting("KAFKA_RUNS", 6), 1_000);

describeWithKafka(
  "random histories of several conversations on Kafka",
  { kafka: "shared", registry: true },
  (servers) => randomHistoryTests(kafkaHost(servers), RUNS),
);

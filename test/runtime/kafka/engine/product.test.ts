/** What the product does, in the Kafka engine on a real broker. */
import { describeWithKafka } from "../../../support/kafka/index.js";
import { productTests } from "../../product/product-tests.js";
import { kafkaHost } from "./support/product-host.js";

describeWithKafka("on Kafka", { kafka: "shared", registry: true }, (servers) => productTests(kafkaHost(servers)));

/** A real Apache Kafka for tests. */
export type { Broker } from "./broker.js";
export type { Properties } from "./broker-properties.js";
export type { Kafka } from "./kafka.js";
export type { KafkaSecurity } from "./security.js";
export { type KafkaOptions, startKafka } from "./start-kafka.js";
export { kafkaTool, type Tool } from "./tool.js";
export type { Mechanism, User } from "./users.js";

/** The door of the Kafka engine. */
export { KafkaEngine } from "./engine.js";
export type { EngineLog, Guarantee, KafkaEngineOptions } from "./engine-options.js";

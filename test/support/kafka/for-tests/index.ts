/** How tests ask for real servers. */
export { describeWithKafka, uniqueTopic } from "./describe-with-kafka.js";
export type { Needs } from "./missing.js";
export type { Servers } from "./servers.js";
export type { SharedKafka, SharedRegistry } from "./shared.js";

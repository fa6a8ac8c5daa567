/** A TCP proxy that understands Kafka's framing. */
export { API_KEYS, type ApiName } from "./api-keys.js";
export { KafkaProxy } from "./proxy.js";
export { type Direction, type FrameAction, type FrameRule, FrameRules, type RuleHandle } from "./rules.js";

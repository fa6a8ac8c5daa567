/** What the Kafka engine may end with, apart from it: to know these errors nobody has to load what connects to Kafka. */
export { EngineError } from "./engine-errors.js";
export { TopicsError } from "./topics-error.js";
export { WireError } from "./wire/errors.js";

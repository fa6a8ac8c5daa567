/** The door of the rows: a file for each. */
export { DEAD_LETTERS } from "./dead-letters.js";
export { DECISIONS } from "./decisions.js";
export { DIVERGENCE } from "./divergence.js";
export { PROCESS } from "./process.js";
export { STALE_WRITES } from "./stale-writes.js";
export { TASKS } from "./tasks.js";
export { WEBHOOKS } from "./webhooks.js";

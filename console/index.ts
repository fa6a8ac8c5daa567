/** The door of the console: what the service answers over HTTP. */
export { type AssignmentQueryPort, addAssignments } from "./assignments.js";
export { addDeadLetters, UNKNOWN_LETTER } from "./dead-letters.js";
export { addHealth, type Health } from "./health.js";
export { closeListener, type ListenAt, ListenError, type ListenerOptions, listen, newListener } from "./listener.js";
export { addLive, type LiveIdentity, NEXT_OFFSET_HEADER } from "./live.js";
export { addMetrics } from "./metrics.js";
export { newOperatorListener } from "./operator.js";
export { addRepublish, NOT_EXECUTED } from "./republish.js";

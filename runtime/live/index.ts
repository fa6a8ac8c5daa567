/** The door of the live application: what tools read beside a running one. */
export type { LiveApplication, LiveLog, LiveRow, LiveState } from "./port.js";
export { StateOnce, type StateReading } from "./state-once.js";

/** The door of the live application: what tools read beside a running one. */
export { decodeRecords, decodeState, encodeRecords, encodeState, LiveBytesError } from "./batches.js";
export type { LiveApplication, LiveLog, LiveRow, LiveState } from "./port.js";
export { StateOnce, type StateReading } from "./state-once.js";

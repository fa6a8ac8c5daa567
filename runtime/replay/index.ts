/** The door of replay: the live input once more through the product's topology, beside the live application. */
export { type Incomparable, type InputKind, inputStarts } from "./comparable.js";
export { type ComparedConversation, type ComparedPartition, comparePartition } from "./compare.js";
export type { ComparedField, ComparedValue, Difference } from "./differences.js";
export {
  InputExpiredError,
  type RangeEnd,
  ReplayError,
  ReplayInterruptedError,
  ReplayRangeError,
} from "./errors.js";
export { LiveCopy, type LiveCopyOptions } from "./live-copy.js";
export { LiveReadings } from "./live-readings.js";
export {
  checkApplication,
  inputTopics,
  namesOf,
  type PlanRequest,
  planComparison,
  planReplay,
  type ReplayedApplication,
  type ReplayPlan,
} from "./plan.js";
export {
  type InputRange,
  offsetsIn,
  type RangeFrom,
  type RangeRequest,
  type RangeTo,
  type TopicOffset,
} from "./range.js";
export { Replay, type ReplayOptions, type ReplayTotals } from "./replay.js";

/** The door of the processors. */

export { assignmentExpiry } from "./expiry.js";
export { type NormaliseOutcome, type NormaliseSettings, normaliser } from "./normalise.js";
export {
  CONTROL_HEADER,
  CONTROL_KEY,
  type Control,
  DELIVERY_ID_HEADER,
  type ForwardedRecord,
  type KeyValueAccess,
  type Processor,
  type ProcessorContext,
  RAW_POSITION_HEADER,
  RECEIVED_AT_HEADER,
  REPUBLISH,
  REPUBLISHED_HEADER,
  type RecordHeaders,
  type RowExpiry,
  SINCE_HEADER,
  SOURCE_HEADER,
  type StreamRecord,
} from "./processor.js";
export {
  conversationRatchet,
  DIVERGED_COUNTER,
  type RatchetOutcome,
  type RatchetSettings,
  workItemRatchet,
} from "./ratchet.js";
export { type RawPosition, rawPositionOf } from "./raw-position.js";
export { describeRefusal, REFUSAL_CODES, type Refusal, type RefusalCode, refusal } from "./refusal.js";
export {
  classesOf,
  compareVersions,
  DELETION_BASIS,
  isDeleted,
  isDiverged,
  queueAssignment,
  RULE_VERSION,
} from "./rule/index.js";
export { type Delivery, keyOfReading, MAX_BODY_BYTES, parseBody, readBody, readDelivery } from "./sources/index.js";
export type { Reading, ReadingOptions } from "./sources/source.js";

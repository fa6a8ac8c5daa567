/** The door of the task. */
export { DEAD_LETTER_HEADERS } from "./dead-letter.js";
export { type HasLag, InputOrder, type InputOrderSettings } from "./input-order.js";
export {
  type ConsumedRecord,
  decodeText,
  encodeText,
  headerText,
  type ProducedRecord,
  type RecordHeader,
  sizeOfRecord,
} from "./records.js";
export {
  type Checkpoint,
  entriesCounter,
  Task,
  type TaskCounters,
  type TaskOptions,
  type TaskOutcome,
  type TopicCodecs,
} from "./task.js";

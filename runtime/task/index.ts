/** The door of the task. */
export { type Checkpoint, entriesCounter, type TaskCounters, type TaskOutcome } from "./checkpoint.js";
export { DEAD_LETTER_HEADERS } from "./dead-letter.js";
export { type HasLag, InputOrder, type InputOrderSettings } from "./input-order.js";
export type { TopicCodecs } from "./plans.js";
export {
  type ConsumedRecord,
  consumedRecords,
  decodeText,
  encodeText,
  headerText,
  type ProducedRecord,
  type RecordHeader,
  sizeOfRecord,
} from "./records.js";
export { Task, type TaskOptions } from "./task.js";

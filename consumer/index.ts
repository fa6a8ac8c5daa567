/** The door of the consumer: what a downstream service installs, as `queue-ratchet/consumer`. */
export type { SchemaSource } from "../schemas/registry/port.js";
export type { Lifecycle, QueueAssignment, Target, TargetType, Version } from "../schemas/types.js";
export { conversationKey } from "../schemas/types.js";
export { compareVersions, versionSortKey } from "../schemas/version.js";
export { consumeAssignments } from "./consume.js";
export {
  ApplyError,
  BrokersUnreachableError,
  ConsumerError,
  ConsumerOptionError,
  KafkaError,
  MissingTopicError,
  RegistryUnreachableError,
  RetentionGapError,
  StopTimeoutError,
  StoreError,
  TopicChangedError,
  UnknownSchemaError,
  UnreadableRecordError,
} from "./errors.js";
export {
  type ConversationState,
  type Merged,
  mergeAssignment,
  type RegisterOutcome,
  UNKNOWN_CONVERSATION,
} from "./merge.js";
export type {
  ApplyBatch,
  ApplyContext,
  ApplyEach,
  Bounds,
  ConsumeOptions,
  ConsumerSasl,
  ConsumerState,
  ConsumerTls,
  From,
  PartitionProgress,
  Progress,
  RegistryAddress,
  RunningConsumer,
  StopSignal,
} from "./options.js";
export type { AssignmentChange, AssignmentRecord, RecordPlace, SkippedRecord } from "./record.js";
export type { StoreTransaction, VersionStore } from "./store.js";
export { type MemoryStore, MemoryStoreFullError, type MemoryStoreOptions, memoryStore, noStore } from "./stores.js";

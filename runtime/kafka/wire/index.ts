/** The door of the wire room: the one way in which anything here reads from Kafka and writes to it. */
export {
  type AdminOptions,
  type CheckedTopic,
  checkTopics,
  deleteGroup,
  deleteRecords,
  deleteTopics,
  describeGroup,
  describeTopics,
  type EnsuredTopic,
  ensureTopics,
  type RecordsBefore,
  type TopicDescription,
  type TopicDifference,
  type WantedTopic,
} from "./admin/index.js";
export { Cluster, type ClusterOptions, type Leader } from "./cluster.js";
export { Backoff, Deadline, isRetriable } from "./deadline.js";
export { ERROR_CODES, type ErrorCode, errorCode, type Recovery, RetriableError } from "./error-codes.js";
export {
  AuthenticationError,
  ClosedError,
  ConnectionError,
  DeadlineError,
  FencedError,
  LogTruncatedError,
  OffsetOutOfRangeError,
  OutcomeUnknownError,
  PartitionError,
  ProtocolError,
  RecordTooLargeError,
  RefusedError,
  ReinitialiseError,
  TopicRecreatedError,
  UnreadableBatchError,
  UnsupportedBrokerError,
  WireError,
} from "./errors.js";
export type { Mechanism, Sasl } from "./kafkajs-private.js";
export {
  type Assignment,
  GroupMembership,
  type MembershipListener,
  type MembershipOptions,
} from "./membership/index.js";
export {
  type CommittedOffset,
  commitOffsets,
  committedOffsets,
  findOffsets,
  type OffsetAt,
  type PartitionOffset,
} from "./offsets.js";
export type { TopicPartition } from "./protocol/api.js";
export type { Isolation } from "./protocol/fetch.js";
export type { GroupMember, GroupOffset } from "./protocol/transactions.js";
export type { Page, ReaderOptions } from "./reader/options.js";
export { Reader } from "./reader/reader.js";
export {
  type EndTransactionOptions,
  endTransaction,
  type OpenTransaction,
  type OpenTransactionState,
  type OpenTransactionsOptions,
  openTransactions,
} from "./transactions/index.js";
export { IdempotentWriter, type IdempotentWriterOptions } from "./writer/idempotent.js";
export type { SenderOptions } from "./writer/options.js";
export type { WriteRequest, Written } from "./writer/send.js";
export { type OffsetsToCommit, TransactionalWriter, type TransactionalWriterOptions } from "./writer/transactional.js";

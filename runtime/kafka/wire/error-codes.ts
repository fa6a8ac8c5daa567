/** Every error code that a broker can answer with, sorted once: what is to be done about it. */
import { FencedError, RefusedError, ReinitialiseError, WireError } from "./errors.js";

/**
 * - `retry`: the same again, after what `refresh` names has been looked up anew;
 * - `reinitialise`: the writer is thrown away and made anew;
 * - `fenced`: somebody else has taken over, or we were away for too long;
 * - `fatal`: asking again will not help.
 */
export type Recovery = "retry" | "reinitialise" | "fenced" | "fatal";

export interface ErrorCode {
  readonly code: number;
  readonly name: string;
  readonly recovery: Recovery;
  readonly refresh: "leaders" | "coordinator" | null;
}

type Row = readonly [code: number, name: string, recovery: Recovery, refresh?: "leaders" | "coordinator"];

/** Source: org.apache.kafka.common.protocol.Errors of Apache Kafka 4.3, which a test compares with. */
const ROWS: readonly Row[] = [
  [-1, "UNKNOWN_SERVER_ERROR", "fatal"],
  [1, "OFFSET_OUT_OF_RANGE", "fatal"],
  [2, "CORRUPT_MESSAGE", "retry"],
  [3, "UNKNOWN_TOPIC_OR_PARTITION", "retry", "leaders"],
  [4, "INVALID_FETCH_SIZE", "fatal"],
  [5, "LEADER_NOT_AVAILABLE", "retry", "leaders"],
  [6, "NOT_LEADER_OR_FOLLOWER", "retry", "leaders"],
  [7, "REQUEST_TIMED_OUT", "retry"],
  [8, "BROKER_NOT_AVAILABLE", "retry", "leaders"],
  [9, "REPLICA_NOT_AVAILABLE", "retry", "leaders"],
  [10, "MESSAGE_TOO_LARGE", "fatal"],
  [11, "STALE_CONTROLLER_EPOCH", "fatal"],
  [12, "OFFSET_METADATA_TOO_LARGE", "fatal"],
  [13, "NETWORK_EXCEPTION", "retry", "leaders"],
  [14, "COORDINATOR_LOAD_IN_PROGRESS", "retry"],
  [15, "COORDINATOR_NOT_AVAILABLE", "retry", "coordinator"],
  [16, "NOT_COORDINATOR", "retry", "coordinator"],
  [17, "INVALID_TOPIC_EXCEPTION", "fatal"],
  [18, "RECORD_LIST_TOO_LARGE", "fatal"],
  [19, "NOT_ENOUGH_REPLICAS", "retry"],
  [20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", "retry"],
  [21, "INVALID_REQUIRED_ACKS", "fatal"],
  [22, "ILLEGAL_GENERATION", "fenced"],
  [23, "INCONSISTENT_GROUP_PROTOCOL", "fatal"],
  [24, "INVALID_GROUP_ID", "fatal"],
  [25, "UNKNOWN_MEMBER_ID", "fenced"],
  [26, "INVALID_SESSION_TIMEOUT", "fatal"],
  [27, "REBALANCE_IN_PROGRESS", "fenced"],
  [28, "INVALID_COMMIT_OFFSET_SIZE", "fatal"],
  [29, "TOPIC_AUTHORIZATION_FAILED", "fatal"],
  [30, "GROUP_AUTHORIZATION_FAILED", "fatal"],
  [31, "CLUSTER_AUTHORIZATION_FAILED", "fatal"],
  [32, "INVALID_TIMESTAMP", "fatal"],
  [33, "UNSUPPORTED_SASL_MECHANISM", "fatal"],
  [34, "ILLEGAL_SASL_STATE", "fatal"],
  [35, "UNSUPPORTED_VERSION", "fatal"],
  [36, "TOPIC_ALREADY_EXISTS", "fatal"],
  [37, "INVALID_PARTITIONS", "fatal"],
  [38, "INVALID_REPLICATION_FACTOR", "fatal"],
  [39, "INVALID_REPLICA_ASSIGNMENT", "fatal"],
  [40, "INVALID_CONFIG", "fatal"],
  [41, "NOT_CONTROLLER", "retry", "leaders"],
  [42, "INVALID_REQUEST", "fatal"],
  [43, "UNSUPPORTED_FOR_MESSAGE_FORMAT", "fatal"],
  [44, "POLICY_VIOLATION", "fatal"],
  [45, "OUT_OF_ORDER_SEQUENCE_NUMBER", "reinitialise"],
  [46, "DUPLICATE_SEQUENCE_NUMBER", "reinitialise"],
  [47, "INVALID_PRODUCER_EPOCH", "fenced"],
  [48, "INVALID_TXN_STATE", "reinitialise"],
  [49, "INVALID_PRODUCER_ID_MAPPING", "reinitialise"],
  [50, "INVALID_TRANSACTION_TIMEOUT", "fatal"],
  [51, "CONCURRENT_TRANSACTIONS", "retry"],
  [52, "TRANSACTION_COORDINATOR_FENCED", "retry", "coordinator"],
  [53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "fatal"],
  [54, "SECURITY_DISABLED", "fatal"],
  [55, "OPERATION_NOT_ATTEMPTED", "retry", "leaders"],
  [56, "KAFKA_STORAGE_ERROR", "retry", "leaders"],
  [57, "LOG_DIR_NOT_FOUND", "fatal"],
  [58, "SASL_AUTHENTICATION_FAILED", "fatal"],
  [59, "UNKNOWN_PRODUCER_ID", "reinitialise"],
  [60, "REASSIGNMENT_IN_PROGRESS", "fatal"],
  [61, "DELEGATION_TOKEN_AUTH_DISABLED", "fatal"],
  [62, "DELEGATION_TOKEN_NOT_FOUND", "fatal"],
  [63, "DELEGATION_TOKEN_OWNER_MISMATCH", "fatal"],
  [64, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", "fatal"],
  [65, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", "fatal"],
  [66, "DELEGATION_TOKEN_EXPIRED", "fatal"],
  [67, "INVALID_PRINCIPAL_TYPE", "fatal"],
  [68, "NON_EMPTY_GROUP", "fatal"],
  [69, "GROUP_ID_NOT_FOUND", "fatal"],
  [70, "FETCH_SESSION_ID_NOT_FOUND", "retry"],
  [71, "INVALID_FETCH_SESSION_EPOCH", "retry"],
  [72, "LISTENER_NOT_FOUND", "retry", "leaders"],
  [73, "TOPIC_DELETION_DISABLED", "fatal"],
  [74, "FENCED_LEADER_EPOCH", "retry", "leaders"],
  [75, "UNKNOWN_LEADER_EPOCH", "retry", "leaders"],
  [76, "UNSUPPORTED_COMPRESSION_TYPE", "fatal"],
  [77, "STALE_BROKER_EPOCH", "fatal"],
  [78, "OFFSET_NOT_AVAILABLE", "retry"],
  [79, "MEMBER_ID_REQUIRED", "fenced"],
  [80, "PREFERRED_LEADER_NOT_AVAILABLE", "retry", "leaders"],
  [81, "GROUP_MAX_SIZE_REACHED", "fatal"],
  [82, "FENCED_INSTANCE_ID", "fenced"],
  [83, "ELIGIBLE_LEADERS_NOT_AVAILABLE", "retry", "leaders"],
  [84, "ELECTION_NOT_NEEDED", "retry", "leaders"],
  [85, "NO_REASSIGNMENT_IN_PROGRESS", "fatal"],
  [86, "GROUP_SUBSCRIBED_TO_TOPIC", "fatal"],
  [87, "INVALID_RECORD", "fatal"],
  [88, "UNSTABLE_OFFSET_COMMIT", "retry"],
  [89, "THROTTLING_QUOTA_EXCEEDED", "retry"],
  [90, "PRODUCER_FENCED", "fenced"],
  [91, "RESOURCE_NOT_FOUND", "fatal"],
  [92, "DUPLICATE_RESOURCE", "fatal"],
  [93, "UNACCEPTABLE_CREDENTIAL", "fatal"],
  [94, "INCONSISTENT_VOTER_SET", "fatal"],
  [95, "INVALID_UPDATE_VERSION", "fatal"],
  [96, "FEATURE_UPDATE_FAILED", "fatal"],
  [97, "PRINCIPAL_DESERIALIZATION_FAILURE", "fatal"],
  [98, "SNAPSHOT_NOT_FOUND", "fatal"],
  [99, "POSITION_OUT_OF_RANGE", "fatal"],
  [100, "UNKNOWN_TOPIC_ID", "retry", "leaders"],
  [101, "DUPLICATE_BROKER_REGISTRATION", "fatal"],
  [102, "BROKER_ID_NOT_REGISTERED", "fatal"],
  [103, "INCONSISTENT_TOPIC_ID", "retry", "leaders"],
  [104, "INCONSISTENT_CLUSTER_ID", "fatal"],
  [105, "TRANSACTIONAL_ID_NOT_FOUND", "fatal"],
  [106, "FETCH_SESSION_TOPIC_ID_ERROR", "retry", "leaders"],
  [107, "INELIGIBLE_REPLICA", "fatal"],
  [108, "NEW_LEADER_ELECTED", "retry", "leaders"],
  [109, "OFFSET_MOVED_TO_TIERED_STORAGE", "fatal"],
  [110, "FENCED_MEMBER_EPOCH", "fenced"],
  [111, "UNRELEASED_INSTANCE_ID", "fatal"],
  [112, "UNSUPPORTED_ASSIGNOR", "fatal"],
  [113, "STALE_MEMBER_EPOCH", "fenced"],
  [114, "MISMATCHED_ENDPOINT_TYPE", "fatal"],
  [115, "UNSUPPORTED_ENDPOINT_TYPE", "fatal"],
  [116, "UNKNOWN_CONTROLLER_ID", "fatal"],
  [117, "UNKNOWN_SUBSCRIPTION_ID", "fatal"],
  [118, "TELEMETRY_TOO_LARGE", "fatal"],
  [119, "INVALID_REGISTRATION", "fatal"],
  [120, "TRANSACTION_ABORTABLE", "reinitialise"],
  [121, "INVALID_RECORD_STATE", "fatal"],
  [122, "SHARE_SESSION_NOT_FOUND", "retry"],
  [123, "INVALID_SHARE_SESSION_EPOCH", "retry"],
  [124, "FENCED_STATE_EPOCH", "fatal"],
  [125, "INVALID_VOTER_KEY", "fatal"],
  [126, "DUPLICATE_VOTER", "fatal"],
  [127, "VOTER_NOT_FOUND", "fatal"],
  [128, "INVALID_REGULAR_EXPRESSION", "fatal"],
  [129, "REBOOTSTRAP_REQUIRED", "retry", "leaders"],
  [130, "STREAMS_INVALID_TOPOLOGY", "fatal"],
  [131, "STREAMS_INVALID_TOPOLOGY_EPOCH", "fatal"],
  [132, "STREAMS_TOPOLOGY_FENCED", "fatal"],
  [133, "SHARE_SESSION_LIMIT_REACHED", "retry"],
];

export const ERROR_CODES: ReadonlyMap<number, ErrorCode> = new Map(
  ROWS.map(([code, name, recovery, refresh = null]) => [code, { code, name, recovery, refresh }]),
);

/** Codes that a caller treats in its own way. */
export const Code = {
  unknownServerError: -1,
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  duplicateSequenceNumber: 46,
  outOfOrderSequenceNumber: 45,
  concurrentTransactions: 51,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
  illegalGeneration: 22,
  notCoordinator: 16,
  coordinatorLoadInProgress: 14,
  leaderNotAvailable: 5,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAlreadyExists: 36,
  groupIdNotFound: 69,
  memberIdRequired: 79,
  transactionalIdNotFound: 105,
} as const;

/** What is to be done about `code`; an unknown one is fatal. */
export function errorCode(code: number): ErrorCode {
  return ERROR_CODES.get(code) ?? { code, name: `error code ${code}`, recovery: "fatal", refresh: null };
}

/** The broker has answered with an error that a retry may cure. */
export class RetriableError extends WireError {
  readonly code: number;
  readonly refresh: ErrorCode["refresh"];

  constructor(what: string, { code, refresh }: ErrorCode) {
    super(what);
    this.code = code;
    this.refresh = refresh;
  }
}

/**
 * The error for a code other than 0.
 * @param what was being done, for the message
 * @param message what the broker says beyond the code
 */
export function brokerError(what: string, code: number, message: string | null = null): WireError {
  const known = errorCode(code);
  const text = `${what}: the broker says ${known.name} (${code})${message === null ? "" : `: ${message}`}`;
  switch (known.recovery) {
    case "retry":
      return new RetriableError(text, known);
    case "reinitialise":
      return new ReinitialiseError(text);
    case "fenced":
      return new FencedError(text);
    case "fatal":
      return new RefusedError(text);
  }
}

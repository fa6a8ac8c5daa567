/** The door of the embedded engine. */
export {
  type AppendedRange,
  type AppendRecord,
  type CommitRequest,
  type Committed,
  InvalidCommitError,
  type StoreRows,
} from "./commit-request.js";
export {
  CommitQueueFullError,
  type Committer,
  CommitterClosedError,
  type CommitterSettings,
  type CommitterState,
} from "./committer.js";
export {
  CRASH_POINTS,
  type CrashPoint,
  type CrashPoints,
  noCrashPoints,
} from "./crash-points.js";
export { isDataFolder } from "./data-folder.js";
export { EmbeddedEngine, type EmbeddedEngineOptions, type TaskBytes, type TaskStatus } from "./engine.js";
export { FolderIdentityError, FolderInUseError } from "./errors.js";
export type { FolderOwner } from "./identity.js";
export { OffsetOutOfRangeError, UnknownPartitionError } from "./log/errors.js";
export type { Log, LogSlice, PartitionInfo } from "./log/log.js";
export type { Maintenance } from "./log/maintenance.js";
export type { CompactionSettings, TopicSettings } from "./log/topic-settings.js";
export type { TaskPositions } from "./positions.js";
export type { RowPage, RowPageOptions, RowStore } from "./row-store.js";
export { EmbeddedStorage, type StorageOptions } from "./storage.js";
export { DEFAULT_RUNNER, type RunnerSettings, type TopicLag } from "./task-runner.js";

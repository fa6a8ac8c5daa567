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
export { isDataFolder } from "./data-folder.js";
export { EmbeddedEngine, type EmbeddedEngineOptions } from "./engine.js";
export { checkIdentity, type FolderOwner } from "./identity.js";
export { liveApplication } from "./live-application.js";
export { OffsetOutOfRangeError, UnknownPartitionError } from "./log/errors.js";
export type { Log, LogSlice, PartitionInfo } from "./log/log.js";
export type { Maintenance } from "./log/maintenance.js";
export type { CompactionSettings, TopicSettings } from "./log/topic-settings.js";
export type { TaskPositions } from "./positions.js";
export { queryPort } from "./query-port.js";
export type { ForeignInput, SourceLog, SourcePage } from "./source-log.js";
export { EmbeddedStorage, type StorageOptions } from "./storage.js";
export { DEFAULT_RUNNER, type RunnerSettings } from "./task-runner.js";

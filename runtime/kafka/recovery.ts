/** What is done about each failure: sorted once, here. */
import { CorruptStoreError, StorageError } from "../rocksdb/index.js";
import { EngineError, StalledError } from "./engine-errors.js";
import {
  AuthenticationError,
  ConnectionError,
  DeadlineError,
  FencedError,
  OffsetOutOfRangeError,
  OutcomeUnknownError,
  PartitionError,
  ProtocolError,
  RecordTooLargeError,
  RefusedError,
  ReinitialiseError,
  RetriableError,
  UnsupportedBrokerError,
  WireError,
} from "./wire/index.js";

/**
 * - `rebuild`: the tasks of the group are dropped and built again from what is durable, behind a new fence;
 * - `restart`: the part that has stopped working is replaced;
 * - `wipe`: the local store is thrown away, and everything is built again from the changelogs;
 * - `fatal`: nothing that can be done here helps.
 */
export type Recovery = "rebuild" | "restart" | "wipe" | "fatal";

const REBUILD = [RetriableError, ConnectionError, DeadlineError, OutcomeUnknownError, ReinitialiseError, FencedError];
const FATAL = [
  RecordTooLargeError,
  AuthenticationError,
  RefusedError,
  UnsupportedBrokerError,
  ProtocolError,
  PartitionError,
];

export function recoveryOf(error: unknown): Recovery {
  if (error instanceof StalledError) return "restart";
  if (error instanceof CorruptStoreError) return "wipe";
  if (error instanceof EngineError || error instanceof StorageError) return "fatal";
  // Where to begin is decided when the task is built again, with the right words.
  if (error instanceof OffsetOutOfRangeError) return "rebuild";
  if (FATAL.some((kind) => error instanceof kind)) return "fatal";
  if (REBUILD.some((kind) => error instanceof kind)) return "rebuild";
  // Closed under our hands, or of a kind that says no more.
  return error instanceof WireError ? "restart" : "fatal";
}

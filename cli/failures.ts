/** Which errors are no defects: their messages say what to do. Loaded when there is one: what defines them takes long to load. */
import { ListenError } from "../console/index.js";
import { FolderIdentityError, FolderInUseError } from "../runtime/folder/index.js";
import { EngineError, TopicsError, WireError } from "../runtime/kafka/errors.js";
import { ReplayError } from "../runtime/replay/index.js";
import { StorageError } from "../runtime/rocksdb/index.js";
import { SchemaRegistryError } from "../schemas/index.js";
import { TopologyError } from "../topology/index.js";
import { EXIT_FAILED, EXIT_USAGE, FailedError, UsageError } from "./errors.js";

/** The command was used in a way that cannot work. */
const WRONG_USE = [UsageError, TopologyError];

/** Something outside of this program failed. */
const FAILURES = [
  FailedError,
  StorageError,
  FolderInUseError,
  FolderIdentityError,
  SchemaRegistryError,
  ListenError,
  TopicsError,
  WireError,
  EngineError,
  ReplayError,
];

/** @returns the exit code; null for a defect, which where it arose says more about than its message. */
export function exitCodeOf(error: unknown): number | null {
  if (WRONG_USE.some((kind) => error instanceof kind)) return EXIT_USAGE;
  return FAILURES.some((kind) => error instanceof kind) ? EXIT_FAILED : null;
}

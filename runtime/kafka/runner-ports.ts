/** What the tasks of a sub-topology are run with. */
import type { SubTopology } from "../../topology/index.js";
import type { CrashPoints } from "../crash-points.js";
import type { TaskObserver } from "../observer.js";
import type { TopicCodecs } from "../task/index.js";
import type { EngineLog, Guarantee } from "./engine-options.js";
import type { InstanceFile } from "./store/instance-file.js";
import type { LocalStore } from "./store/local-store.js";
import type { Cluster } from "./wire/index.js";

export interface RunnerSettings {
  readonly applicationId: string;
  readonly guarantee: Guarantee;
  readonly sessionTimeoutMs: number;
  readonly checkpointIntervalMs: number;
  readonly maxTaskIdleMs: number;
  readonly expiredInput: "fail" | "skip";
  /** Of decoded rows. Bytes of memory, about, for each task. */
  readonly rowCacheBytes: number;
}

export interface RunnerPorts<Outcome> {
  readonly cluster: Cluster;
  readonly store: LocalStore;
  readonly instance: InstanceFile;
  readonly subTopology: SubTopology<Outcome>;
  readonly codecs: TopicCodecs;
  /** How many partitions each topic has. */
  readonly partitionsOf: (topic: string) => number;
  readonly observer: TaskObserver<Outcome>;
  readonly crashPoints: CrashPoints;
  readonly log: EngineLog;
  /** An assignment has been made what runs, or is being made so. */
  readonly onSettled: () => void;
  /** The wall clock, epoch ms. */
  readonly now: () => number;
  readonly settings: RunnerSettings;
}

/** Bounds of what a runner holds in memory. */
export const LIMITS = {
  /** Records that are processed without letting others have their turn. */
  batchRecords: 1_000,
  /** What has gathered for a checkpoint, all tasks together; then nothing more is processed until it is under way. */
  gatheredRecords: 20_000,
  gatheredBytes: 16 * 1024 * 1024,
  /** Read ahead, for each source partition. */
  bufferedBytes: 2 * 1024 * 1024,
  /** Fetched and not yet looked at, all partitions together. */
  fetchedBytes: 32 * 1024 * 1024,
} as const;

/** What may come in by default, and some headers of ours (dead letters). The topics that hold such records are made for more. */
export const MAX_RECORD_BYTES = 2_300_000;
/** For each step towards Kafka: then the tasks are built again. */
export const STEP_TIMEOUT_MS = 20_000;
/** At least; the session timeout, when that is longer. Readers wait so long behind a transaction whose instance died. */
export const TRANSACTION_TIMEOUT_MS = 10_000;

export function groupIdOf(applicationId: string, subTopology: string): string {
  return `${applicationId}-${subTopology}`;
}

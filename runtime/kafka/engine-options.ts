/** How the Kafka engine is set up. */
import type { SchemaRegistry } from "../../schemas/index.js";
import type { Topology } from "../../topology/index.js";
import type { CrashPoints } from "../crash-points.js";
import type { TaskObserver } from "../observer.js";
import type { ClusterOptions } from "./wire/index.js";

export type Guarantee = "exactly_once" | "at_least_once";

/** Takes what operators are to know. Fields hold no bodies, names or secrets. */
export type EngineLog = (
  level: "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void;

export interface KafkaEngineOptions<Outcome> {
  readonly topology: Topology<Outcome>;
  /** Of the local stores; made when there is none. One process owns it. */
  readonly folder: string;
  readonly applicationId: string;
  readonly topicPrefix: string;
  /** Of all topics but the dead letters. */
  readonly partitions: number;
  /** For topics that are made; -1: the brokers' default. */
  readonly replicationFactor: number;
  /** For topics with cleanup "delete" that are made. */
  readonly retentionMs: number;
  readonly cluster: Omit<ClusterOptions, "clientId" | "log">;
  readonly registry: SchemaRegistry;
  /** Default: exactly_once. */
  readonly guarantee?: Guarantee;
  /** Default: 6 s. */
  readonly sessionTimeoutMs?: number;
  /** Under load checkpoints are made so often at most. Default: 100 ms. */
  readonly checkpointIntervalMs?: number;
  /** How long a task waits for a source that has lag but nothing buffered. Default: 0. */
  readonly maxTaskIdleMs?: number;
  /** Of decoded rows, all tasks together. Bytes of memory, about. Default: 64 MiB. */
  readonly rowCacheBytes?: number;
  /** RocksDB's block cache. Default: 64 MiB. */
  readonly storeCacheBytes?: number;
  /** After which a part that has work and makes no progress is restarted. Default: 60 s. */
  readonly stallTimeoutMs?: number;
  /** How often it is looked whether topics keep their partition counts. Default: 30 s. */
  readonly partitionWatchIntervalMs?: number;
  /** What to do when records were not processed before retention took them: stop, or go on with the first that is there. Default: fail. */
  readonly expiredInput?: "fail" | "skip";
  readonly observer?: TaskObserver<Outcome>;
  readonly crashPoints?: CrashPoints;
  readonly log?: EngineLog;
  /** The wall clock, epoch ms. */
  readonly now?: () => number;
}

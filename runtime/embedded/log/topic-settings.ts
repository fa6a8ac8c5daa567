/** What the log has to know of a topic. */
import type { TopicSpec } from "../../../topology/index.js";

export interface TopicSettings extends TopicSpec {
  /** Cleanup "delete": batches whose latest record is older go. Null or absent: none goes by age. */
  readonly retentionMs?: number | null;
  /** Cleanup "delete", per partition: the oldest batches go that this many bytes can do without. Null or absent: no bound. */
  readonly retentionBytes?: number | null;
  /**
   * Cleanup "delete": the sub-topologies whose tasks read the topic. What their positions have not passed never goes: in one
   * folder the log need not run away from its reader, as Kafka's does.
   */
  readonly readers?: readonly string[];
}

export interface CompactionSettings {
  /** A pass begins when at least this part of the bytes has been written since the last (Kafka's `min.cleanable.dirty.ratio`). */
  readonly minDirtyRatio: number;
  /** How long a tombstone that hides nothing any more is kept at least, so that readers that are behind see it. */
  readonly tombstoneRetentionMs: number;
  /** What a pass may keep of keys in memory; more keys take more passes. */
  readonly maxKeyBytes: number;
}

export const DEFAULT_COMPACTION: CompactionSettings = {
  minDirtyRatio: 0.5,
  tombstoneRetentionMs: 24 * 60 * 60 * 1_000,
  maxKeyBytes: 64 * 1024 * 1024,
};

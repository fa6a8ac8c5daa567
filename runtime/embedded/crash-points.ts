/** Labelled places where a test lets the process die, to see what a start after it finds. */

/** In the order in which a folder's life comes by them. */
export const CRASH_POINTS = [
  /** The folder is locked, nothing is in it. */
  "identity.before-number-file",
  /** The checkpoint file is there, RocksDB is empty. */
  "identity.before-record",
  /** The identity record is written. */
  "identity.after-record",
  /** A group has been gathered and encoded. */
  "commit.before-write",
  /** The group is on the disk, the checkpoint file does not know of it. */
  "commit.after-write",
  /** Both know, nobody has been told. */
  "commit.after-number",
  /** Batches to be removed by age or size have been chosen. */
  "retention.before-write",
  "retention.after-write",
  /** Some batches of a compacted topic have been rewritten in memory. */
  "compaction.before-write",
  "compaction.after-write",
  /** A pass is through; that it is, is recorded. */
  "compaction.after-pass",
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Told of each place passed. */
export interface CrashPoints {
  hit(label: CrashPoint): void;
}

export const noCrashPoints: CrashPoints = { hit() {} };

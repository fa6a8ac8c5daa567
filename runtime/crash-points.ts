/** Labelled places where a test lets the process die, to see what a start after it finds. */

/** Of the embedded engine, in the order in which a folder's life comes by them. */
export const EMBEDDED_CRASH_POINTS = [
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

/** Of the Kafka engine, in the order in which a checkpoint comes by them; the last two are of a task that is built (again). */
export const KAFKA_CRASH_POINTS = [
  /** A checkpoint has been gathered, no transaction is begun. */
  "kafka.before-begin",
  /** The offsets are with the group's coordinator, as part of the transaction. */
  "kafka.after-offsets",
  /** Outputs, rows and positions are acknowledged: the transaction holds everything. */
  "kafka.before-commit",
  /** The transaction is committed, the local store does not know of it. */
  "kafka.after-commit",
  /** The local store has it, nobody has been told. */
  "kafka.after-store",
  /** A writer was opened: its predecessor is fenced. */
  "kafka.after-fence",
  /** A part of the changelog has been put into the local store. */
  "kafka.restoring",
] as const;

/** Of `queue-ratchet reset`, in the order in which it comes by them: in a data folder, then on Kafka. */
export const RESET_CRASH_POINTS = [
  /** The folder says that it is being reset; no task stands anywhere any more, the rows are there. */
  "reset.marked",
  /** Some rows are gone. */
  "reset.rows-removed",
  /** All rows are gone, the mark is there. */
  "reset.before-unmark",
  /** The changelog is gone. */
  "reset.changelog-deleted",
  /** An empty one is there, and the groups stand where they stood. */
  "reset.changelog-made",
  /** The group of normalise is gone, that of ratchet is not. */
  "reset.group-deleted",
  /** Both are gone; the local copy is there. */
  "reset.groups-deleted",
] as const;

export const CRASH_POINTS = [...EMBEDDED_CRASH_POINTS, ...KAFKA_CRASH_POINTS, ...RESET_CRASH_POINTS] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Told of each place passed. */
export interface CrashPoints {
  hit(label: CrashPoint): void;
}

export const noCrashPoints: CrashPoints = { hit() {} };

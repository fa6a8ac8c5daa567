/** A live application as tools beside it see it: its topics, and the state of its tasks. They read, and change nothing. */
import type { Positions } from "../../schemas/types.js";
import type { QueriedLog } from "../queries/index.js";

export interface LiveLog extends QueriedLog {
  /**
   * The first offset whose record has this timestamp or a later one, as Kafka finds it; the end offset when there is none.
   * @param timestampMs epoch milliseconds
   */
  offsetAt(topic: string, partition: number, timestampMs: number): Promise<number>;
}

/** A row as it was written; null when it was removed. */
export interface LiveRow {
  readonly key: string;
  readonly row: Uint8Array | null;
}

/** The rows of one partition of the assignment store, and how far its task had come with them: both of one checkpoint. */
export interface LiveState {
  /**
   * Pages of rows. A key may come more than once: the last one counts. To be read once, and to its end: on Kafka, which checkpoint
   * it is that the rows are of is known when the last one has been read, since compaction may take rows of an older one meanwhile.
   */
  rows(): AsyncIterable<readonly LiveRow[]>;
  /**
   * Null when the task has had no checkpoint; then there are no rows either.
   * @throws Error before {@link rows} has been read to its end
   */
  readonly positions: Positions | null;
}

export interface LiveApplication {
  readonly log: LiveLog;
  /** Null when there is no such topic. */
  partitionsOf(topic: string): number | null;
  /**
   * The rows come while they are read. One at a time: read them to the end, or leave the iteration, before the next.
   * @throws RangeError for a partition that the store does not have; StorageError, WireError, and what else the reading throws
   */
  state(partition: number): Promise<LiveState>;
  /** Before it, the raw events of a partition have been normalised; null when none has. @throws WireError, and what else the reading throws */
  rawPosition(partition: number): Promise<number | null>;
  close(): Promise<void>;
}

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
  /** Null when the task has had no checkpoint. */
  readonly positions: Positions | null;
  /** Pages of rows. A key may come more than once: the last one counts. To be read once. */
  rows(): AsyncIterable<readonly LiveRow[]>;
}

export interface LiveApplication {
  readonly log: LiveLog;
  /** Null when there is no such topic. */
  partitionsOf(topic: string): number | null;
  /** One at a time: read its rows to the end before the next. @throws StorageError, WireError */
  state(partition: number): Promise<LiveState>;
  close(): Promise<void>;
}

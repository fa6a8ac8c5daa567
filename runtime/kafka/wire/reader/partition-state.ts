/** One partition that is read: where reading stands, what has been fetched, and whether it may be fetched now. */

import { Backoff } from "../deadline.js";
import type { WireError } from "../errors.js";
import type { TopicPartition } from "../protocol/api.js";
import type { FetchedPartition, FetchPartition, Isolation } from "../protocol/fetch.js";

/** As the last answer said them; -1 before the first. */
export interface Watermarks {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
}

export class PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** The next offset that a caller gets. */
  position: number;
  /** The leader epoch of the batch before `position`; -1 when that was not read here. */
  lastEpoch = -1;
  /** The id of the topic that is read; null before the first fetch. */
  topicId: string | null = null;
  fetched: FetchedPartition | null = null;
  fault: WireError | null = null;
  /** Where the log ended for this reader when a fetch at `position` brought nothing; -1 when none has since it stands there. */
  emptyUpTo = -1;
  inFlight = false;
  paused = false;
  /** Not to be fetched before. */
  notBeforeMs = 0;
  /** Its next batch came damaged or cut off, and is fetched again. */
  secondTry = false;
  /** Since when the cluster says that there is no such topic. */
  missingSinceMs: number | null = null;
  watermarks: Watermarks = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 };
  readonly backoff = new Backoff();

  constructor({ topic, partition }: TopicPartition, offset: number) {
    this.topic = topic;
    this.partition = partition;
    this.position = offset;
  }

  /** Whether a fetch for it is in order. */
  get hungry(): boolean {
    return this.fetched === null && this.fault === null && !this.inFlight && !this.paused;
  }

  /** Whether there is something for the caller. */
  get ready(): boolean {
    return this.fault !== null || (this.fetched !== null && !this.paused);
  }

  /** An answer without an error. */
  heard({ highWatermark, lastStableOffset, logStartOffset, records }: FetchedPartition, isolation: Isolation): void {
    this.watermarks = { highWatermark, lastStableOffset, logStartOffset };
    this.backoff.reset();
    this.missingSinceMs = null;
    if (records.length > 0) return;
    this.secondTry = false;
    this.emptyUpTo = isolation === "read_committed" ? lastStableOffset : highWatermark;
  }

  request(topicId: string, leaderEpoch: number, maxBytes: number): FetchPartition {
    return {
      topicId,
      partition: this.partition,
      leaderEpoch,
      fetchOffset: this.position,
      lastFetchedEpoch: this.lastEpoch,
      maxBytes,
    };
  }
}

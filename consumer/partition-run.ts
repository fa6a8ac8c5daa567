/** One partition while it is this consumer's. */
import type { Reader } from "../runtime/kafka/wire/index.js";
import type { CommitNote } from "./commit-note.js";
import type { PartitionProgress } from "./options.js";

export class PartitionRun {
  readonly partition: number;
  readonly note: CommitNote;
  /** The offset after the last record that was applied or skipped. */
  position: number;
  readonly #ended = new AbortController();

  constructor(partition: number, position: number, note: CommitNote) {
    this.partition = partition;
    this.position = position;
    this.note = note;
  }

  /** Aborted when it is this consumer's no longer. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  abort(): void {
    this.#ended.abort();
  }

  progress(reader: Reader, topic: string, committed: number | null): PartitionProgress {
    const { partition, position } = this;
    const place = { topic, partition };
    const { lastStableOffset } = reader.watermarks(place);
    if (lastStableOffset < 0) return { partition, position, committed, end: null, lag: null };
    // Compaction may have left nothing at the end of the log: no page leads there.
    const reached = Math.max(position, reader.emptyUpTo(place));
    return { partition, position, committed, end: lastStableOffset, lag: Math.max(0, lastStableOffset - reached) };
  }
}

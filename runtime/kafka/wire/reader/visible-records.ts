/** Which of the fetched records a reader may see: none of aborted transactions, no markers, none before where it stands. */
import {
  batchesIn,
  type CompressionCodec,
  type DecodedRecord,
  decodeBatch,
  RecordBatchError,
} from "../../../records/index.js";
import type { AbortedTransaction, FetchedPartition } from "../protocol/fetch.js";

export interface VisibleRecords {
  readonly records: readonly DecodedRecord[];
  /** The offset after the last whole batch, also when nothing of it is visible or compaction has left nothing in it (K11). */
  readonly nextOffset: number;
  /** Of the last whole batch; -1 when there is none. */
  readonly leaderEpoch: number;
  /** Why the batch at `nextOffset` cannot be read; null when it is only cut off. */
  readonly unreadable: RecordBatchError | null;
}

export interface DecodingOptions {
  readonly codecs?: readonly CompressionCodec[];
  readonly maxDecompressedBytes?: number;
}

/**
 * The broker says which transactions in the fetched range were aborted and where each begins. From there on their producer's
 * transactional batches are invisible up to its next marker. Keyed by producer, so that transactions may interleave (K10); told by
 * the batch's own attributes, never by what a key looks like.
 */
export function visibleRecords(
  fetched: Pick<FetchedPartition, "records" | "aborted">,
  fromOffset: number,
  options: DecodingOptions = {},
): VisibleRecords {
  const aborted = new AbortedProducers(fetched.aborted);
  const records: DecodedRecord[] = [];
  let nextOffset = fromOffset;
  let leaderEpoch = -1;
  try {
    for (const { position } of batchesIn(fetched.records)) {
      const batch = decodeBatch(fetched.records, position, options);
      const { header } = batch;
      aborted.reach(header.lastOffset);
      if (batch.kind === "control") aborted.endOf(header.producerId);
      else if (!header.transactional || !aborted.has(header.producerId)) {
        if (header.baseOffset >= fromOffset) for (const record of batch.records) records.push(record);
        else for (const record of batch.records) if (record.offset >= fromOffset) records.push(record);
      }
      nextOffset = Math.max(nextOffset, header.lastOffset + 1);
      leaderEpoch = header.partitionLeaderEpoch;
    }
  } catch (error) {
    if (!(error instanceof RecordBatchError)) throw error;
    return { records, nextOffset, leaderEpoch, unreadable: error };
  }
  return { records, nextOffset, leaderEpoch, unreadable: null };
}

/** Producers within a transaction that was aborted, at the batch that is looked at. */
class AbortedProducers {
  readonly #ahead: readonly AbortedTransaction[];
  #reached = 0;
  readonly #producers = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Looks at the batch that ends there. */
  reach(lastOffset: number): void {
    for (let next = this.#ahead[this.#reached]; next !== undefined && next.firstOffset <= lastOffset; ) {
      this.#producers.add(next.producerId);
      next = this.#ahead[++this.#reached];
    }
  }

  /** A marker ends the producer's transaction, whichever it is, and also when compaction has left only its batch. */
  endOf(producerId: number): void {
    this.#producers.delete(producerId);
  }

  has(producerId: number): boolean {
    return this.#producers.has(producerId);
  }
}

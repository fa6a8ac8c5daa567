/** What was handed to a writer in one call: records of one partition, acknowledged together. */
import { type BatchRecord, InvalidBatchError } from "../../../records/index.js";
import { RecordTooLargeError } from "../errors.js";
import type { TopicPartition } from "../protocol/api.js";

export interface WriteRequest extends TopicPartition {
  /** One at least, in their order. Not to be changed until they are written. */
  readonly records: readonly BatchRecord[];
}

/** All of the records are in the log of every in-sync replica. */
export interface Written {
  /**
   * Of the first and the last record; those of other writers may lie between. Null when the broker had the records already from
   * an earlier try and no longer knows where.
   */
  readonly firstOffset: number | null;
  readonly lastOffset: number | null;
}

/** A write on its way: over one batch, or several. */
export class Send {
  readonly records: readonly BatchRecord[];
  readonly sizeBytes: number;
  readonly acceptedAtMs: number;
  readonly done: Promise<Written>;
  /** The first record that is in no batch yet. */
  next = 0;
  /** Whether some of its records are in the log, or may be. */
  maybeWritten = false;
  #batchesOut = 0;
  #firstOffset: number | null = null;
  #lastOffset: number | null = null;
  #known = true;
  #resolve!: (written: Written) => void;
  #reject!: (error: Error) => void;

  constructor(records: readonly BatchRecord[], sizeBytes: number, acceptedAtMs: number) {
    this.records = records;
    this.sizeBytes = sizeBytes;
    this.acceptedAtMs = acceptedAtMs;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever called looks at it too; a failure of the writer must not end the process before.
    this.done.catch(() => undefined);
  }

  get batched(): boolean {
    return this.next === this.records.length;
  }

  inBatch(): void {
    this.#batchesOut++;
  }

  /** One of its batches is written. @returns whether that was the last one */
  written(firstOffset: number | null, lastOffset: number | null): boolean {
    this.#batchesOut--;
    this.maybeWritten = true;
    if (firstOffset === null) this.#known = false;
    this.#firstOffset ??= firstOffset;
    this.#lastOffset = lastOffset;
    if (this.#batchesOut > 0 || !this.batched) return false;
    this.#resolve(
      this.#known
        ? { firstOffset: this.#firstOffset, lastOffset: this.#lastOffset }
        : { firstOffset: null, lastOffset: null },
    );
    return true;
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}

const RECORD_OVERHEAD_BYTES = 24;
const BATCH_HEADER_BYTES = 61;
/** Beyond it, a timestamp is no date. */
const MAX_TIMESTAMP = 8.64e15;

/**
 * What the records take in memory and on the wire, nearly.
 * @throws InvalidBatchError without records, or for a timestamp that is none; RecordTooLargeError
 */
export function checkedBytes({ records, ...place }: WriteRequest, maxRecordBytes: number): number {
  if (records.length === 0) throw new InvalidBatchError("a write holds at least one record");
  let bytes = 0;
  for (const record of records) {
    const { timestamp } = record;
    if (!Number.isSafeInteger(timestamp) || timestamp < -1 || timestamp > MAX_TIMESTAMP)
      throw new InvalidBatchError(`a timestamp is epoch milliseconds or -1 for none, not ${timestamp}`);
    const recordBytes = approximateBytes(record);
    const aloneBytes = BATCH_HEADER_BYTES + recordBytes;
    if (aloneBytes > maxRecordBytes) throw new RecordTooLargeError(place, aloneBytes, maxRecordBytes);
    bytes += recordBytes;
  }
  return bytes;
}

function approximateBytes({ key, value, headers }: BatchRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += header.key.length + (header.value?.length ?? 0) + 4;
  return bytes;
}

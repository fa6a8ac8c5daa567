/** Gathers records into a batch one by one, within a bound; its buffer serves batch after batch. */
import { Buffer } from "node:buffer";
import { checkBatchSize, timestampDelta } from "./encode.js";
import * as layout from "./layout.js";
import type { BatchRecord } from "./record.js";
import { recordBodySize, writeRecord } from "./record-writer.js";
import { type BatchOptions, sealBatch } from "./seal.js";
import { varintSize } from "./varint.js";

const FIRST_CAPACITY_BYTES = 16 * 1024;

export interface BatchBuilderOptions {
  /** What a batch may have before compression, header included; a first record is taken whatever its size. Default: 1 MiB. */
  readonly maxBytes?: number;
}

/** A record is encoded when it is appended, so its key and value may be reused afterwards. */
export class RecordBatchBuilder {
  readonly #maxBytes: number;
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY_BYTES);
  #end = layout.RECORDS_AT;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;

  constructor({ maxBytes = 1024 * 1024 }: BatchBuilderOptions = {}) {
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#count;
  }

  /** What the batch would have now, header included and uncompressed. */
  get sizeBytes(): number {
    return this.#end;
  }

  /**
   * Adds a record, or gives false and leaves everything as it was when the batch is full: build it, then append again.
   * @throws InvalidBatchError, UnsafeLongError as encodeBatch; the builder stays usable
   */
  append(record: BatchRecord): boolean {
    const first = this.#count === 0;
    const delta = timestampDelta(record.timestamp, first ? record.timestamp : this.#baseTimestamp);
    const bodySize = recordBodySize(record, delta, this.#count);
    const end = this.#end + varintSize(bodySize) + bodySize;
    if (!first && end > this.#maxBytes) return false;
    checkBatchSize(end);
    if (end > this.#bytes.length) this.#grow(end);
    writeRecord(this.#bytes, this.#end, record, bodySize, delta, this.#count);
    if (first) this.#baseTimestamp = record.timestamp;
    this.#maxTimestamp = first ? record.timestamp : Math.max(this.#maxTimestamp, record.timestamp);
    this.#end = end;
    this.#count++;
    return true;
  }

  /**
   * The batch, in a buffer of its own; the builder is empty afterwards.
   * @throws InvalidBatchError without records or with options out of range; the records stay
   */
  build(options: BatchOptions = {}): Buffer {
    const records = {
      count: this.#count,
      baseTimestamp: this.#baseTimestamp,
      maxTimestamp: this.#maxTimestamp,
    };
    const isCompressed = options.compression !== undefined && options.compression.id !== 0;
    // Compressing copies anyway.
    const bytes = isCompressed ? this.#bytes : Buffer.from(this.#bytes.subarray(0, this.#end));
    const batch = sealBatch(bytes, this.#end, records, options);
    this.reset();
    return batch;
  }

  /** Forgets the records. */
  reset(): void {
    this.#count = 0;
    this.#end = layout.RECORDS_AT;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

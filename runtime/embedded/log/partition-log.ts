/** One partition of one topic: where it begins and ends, and how appends and removals go into a write batch. */
import type { RecordBatchBuilder } from "../../records/index.js";
import type { WriteBatch } from "../../rocksdb/index.js";
import { int64, withInt64 } from "../../rocksdb/index.js";
import type { ProducedRecord } from "../../task/index.js";
import { batchPrefix, partitionKey, timePrefix } from "../keys.js";
import { OffsetOutOfRangeError } from "./errors.js";
import { encodeMeta, type PartitionMeta } from "./partition-meta.js";
import { type CachedBatch, PartitionTail, type TailCache } from "./tail-cache.js";
import type { TopicSettings } from "./topic-settings.js";

/** A change to stored batches: retention's and compaction's. Made through the committer, the only writer. */
export interface LogEdit {
  readonly log: PartitionLog;
  /** What it puts into the write batch, about. */
  readonly sizeBytes: number;
  /** Puts and deletes batches; gives the partition's new meta data. Only `startOffset`, the sizes and compaction's fields may differ. */
  apply(meta: PartitionMeta, batch: WriteBatch): PartitionMeta;
}

/** A time index entry is made after so many bytes at least: a search reads no more than that. */
const TIME_INDEX_BYTES = 64 * 1024;

export class PartitionLog {
  readonly batchPrefix: Buffer;
  readonly timePrefix: Buffer;
  readonly metaKey: Buffer;
  readonly tail = new PartitionTail();
  private staged: PartitionMeta;
  private published: PartitionMeta;
  private stagedBatches: CachedBatch[] = [];
  private bytesSinceTimeEntry = 0;

  constructor(
    readonly topic: TopicSettings,
    readonly partition: number,
    meta: PartitionMeta,
  ) {
    this.batchPrefix = batchPrefix(topic.name, partition);
    this.timePrefix = timePrefix(topic.name, partition);
    this.metaKey = partitionKey(topic.name, partition);
    this.staged = meta;
    this.published = meta;
  }

  /** As in error messages and logs. */
  get name(): string {
    return `${this.topic.name}-${this.partition}`;
  }

  /** The first offset that can be read. It moves when a removal is about to be written: nobody is to begin reading there. */
  get startOffset(): number {
    return this.staged.startOffset;
  }

  /** The offset after the last durable record. */
  get endOffset(): number {
    return this.published.nextOffset;
  }

  /** Whether a read may begin here. The end itself is no error: it gives nothing yet. @throws OffsetOutOfRangeError */
  checkOffset(offset: number): void {
    const { startOffset, endOffset } = this;
    // A fraction or NaN compares with neither bound as one would expect, and would be read from amid a record.
    if (Number.isSafeInteger(offset) && offset >= startOffset && offset <= endOffset) return;
    throw new OffsetOutOfRangeError(this.topic.name, this.partition, offset, startOffset, endOffset);
  }

  /** As it is on the disk. */
  get meta(): PartitionMeta {
    return this.published;
  }

  batchKey(baseOffset: number): Buffer {
    return withInt64(this.batchPrefix, baseOffset);
  }

  /** Encodes records into batches that follow each other. @returns the offset of the first */
  stageAppend(records: Iterable<ProducedRecord>, batch: WriteBatch, builder: RecordBatchBuilder): number {
    const baseOffset = this.staged.nextOffset;
    let maxTimestamp = -1;
    builder.reset();
    for (const record of records) {
      if (!builder.append(record)) {
        this.stageBatch(batch, builder, maxTimestamp);
        maxTimestamp = -1;
        builder.append(record);
      }
      if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp;
    }
    if (builder.count > 0) this.stageBatch(batch, builder, maxTimestamp);
    return baseOffset;
  }

  stageEdit(edit: LogEdit, batch: WriteBatch): void {
    this.staged = edit.apply(this.staged, batch);
  }

  stageMeta(batch: WriteBatch): void {
    batch.put(this.metaKey, encodeMeta(this.staged));
  }

  /** What was staged is durable: readers may see it. */
  publish(cache: TailCache): void {
    this.published = this.staged;
    for (const batch of this.stagedBatches) cache.add(this.tail, batch);
    this.stagedBatches = [];
  }

  private stageBatch(write: WriteBatch, builder: RecordBatchBuilder, maxTimestamp: number): void {
    const { nextOffset: baseOffset, sizeBytes } = this.staged;
    const nextOffset = baseOffset + builder.count;
    const bytes = builder.build({ baseOffset });
    write.put(this.batchKey(baseOffset), bytes);
    this.stagedBatches.push({ baseOffset, nextOffset, bytes });
    this.stageTimeEntry(write, baseOffset, maxTimestamp, bytes.length);
    this.staged = {
      ...this.staged,
      nextOffset,
      sizeBytes: sizeBytes + bytes.length,
      maxTimestamp: Math.max(this.staged.maxTimestamp, maxTimestamp),
    };
  }

  /** (largest timestamp so far → the batch that raised it to this): all batches before it are older. */
  private stageTimeEntry(write: WriteBatch, baseOffset: number, maxTimestamp: number, sizeBytes: number): void {
    const isFirst = this.staged.maxTimestamp < 0;
    this.bytesSinceTimeEntry += sizeBytes;
    if (maxTimestamp <= this.staged.maxTimestamp) return;
    if (!isFirst && this.bytesSinceTimeEntry < TIME_INDEX_BYTES) return;
    write.put(withInt64(this.timePrefix, maxTimestamp), int64(baseOffset));
    this.bytesSinceTimeEntry = 0;
  }
}

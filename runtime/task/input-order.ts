/** Which record a task takes next: the smallest (timestamp, raw position) among its source partitions. */
import { RAW_POSITION_HEADER, rawPositionOf } from "../../processors/index.js";
import { type ConsumedRecord, headerText, sizeOfRecord } from "./records.js";

/** Whether the source has records of a topic that have not been added yet. */
export type HasLag = (topic: string) => boolean;

export interface InputOrderSettings {
  /**
   * How long to wait for a partition that has lag but nothing buffered (ms), as Kafka Streams' `max.task.idle.ms`.
   * The result does not depend on it: the reasons of decisions and the sequence of a catch-up do.
   */
  readonly maxTaskIdleMs: number;
  /** Per source partition: when it holds more, the source is to be paused. */
  readonly maxBufferedBytes: number;
}

interface Entry {
  readonly record: ConsumedRecord;
  readonly partition: number;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A first-in, first-out queue. Taking costs O(1) on average, and what was taken is let go even if it never runs empty. */
class Buffered {
  private entries: (Entry | undefined)[] = [];
  private taken = 0;
  sizeBytes = 0;

  head(): Entry | undefined {
    return this.entries[this.taken];
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.sizeBytes += entry.sizeBytes;
  }

  take(): void {
    this.sizeBytes -= this.head()?.sizeBytes ?? 0;
    this.entries[this.taken] = undefined;
    this.taken += 1;
    // Moves at most as many entries as were taken since the last time.
    if (this.taken * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.taken);
    this.taken = 0;
  }
}

export class InputOrder {
  private readonly buffers: ReadonlyMap<string, Buffered>;
  private idleSinceMs: number | null = null;

  constructor(
    topics: readonly string[],
    private readonly settings: InputOrderSettings,
  ) {
    this.buffers = new Map(topics.map((topic) => [topic, new Buffered()]));
  }

  /** Adds records of one source partition, in the order of their offsets. */
  add(records: readonly ConsumedRecord[]): void {
    for (const record of records) this.bufferOf(record.topic).add(entryOf(record));
  }

  /** Whether there are records that were not taken. */
  get hasRecords(): boolean {
    for (const buffer of this.buffers.values()) if (buffer.head() !== undefined) return true;
    return false;
  }

  hasRecordsOf(topic: string): boolean {
    return this.bufferOf(topic).head() !== undefined;
  }

  /** Whether the source of a topic is to be paused. */
  isFull(topic: string): boolean {
    return this.bufferOf(topic).sizeBytes >= this.settings.maxBufferedBytes;
  }

  /**
   * The next records, in order; empty when there is nothing to take yet.
   * @param nowMs a monotonic clock, in milliseconds.
   */
  take(maxRecords: number, nowMs: number, hasLag: HasLag): ConsumedRecord[] {
    const taken: ConsumedRecord[] = [];
    while (taken.length < maxRecords && this.mayTake(nowMs, hasLag)) {
      const next = this.smallest();
      if (next === null) break;
      taken.push(next.entry.record);
      next.buffer.take();
    }
    return taken;
  }

  private bufferOf(topic: string): Buffered {
    const buffer = this.buffers.get(topic);
    if (buffer === undefined) throw new Error(`topic "${topic}" is no source of this task`);
    return buffer;
  }

  private mayTake(nowMs: number, hasLag: HasLag): boolean {
    const missing = [...this.buffers].some(([topic, buffer]) => buffer.head() === undefined && hasLag(topic));
    if (!missing) {
      this.idleSinceMs = null;
      return true;
    }
    this.idleSinceMs ??= nowMs;
    return nowMs - this.idleSinceMs >= this.settings.maxTaskIdleMs;
  }

  private smallest(): { readonly entry: Entry; readonly buffer: Buffered } | null {
    let smallest: { readonly entry: Entry; readonly buffer: Buffered } | null = null;
    for (const buffer of this.buffers.values()) {
      const entry = buffer.head();
      if (entry !== undefined && (smallest === null || compareEntries(entry, smallest.entry) < 0))
        smallest = { entry, buffer };
    }
    return smallest;
  }
}

function compareEntries(a: Entry, b: Entry): number {
  return (
    a.record.timestamp - b.record.timestamp ||
    a.partition - b.partition ||
    a.offset - b.offset ||
    (a.record.topic < b.record.topic ? -1 : 1)
  );
}

function entryOf(record: ConsumedRecord): Entry {
  const sizeBytes = sizeOfRecord(record);
  // A record without it, or with something else there, is ordered by its own position.
  const { partition, offset } = rawPositionOf(headerText(record.headers, RAW_POSITION_HEADER)) ?? record;
  return { record, partition, offset, sizeBytes };
}

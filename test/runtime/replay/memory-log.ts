/** A live log in memory: what tests put into it, and no more. */
import type { LiveLog } from "../../../runtime/live/index.js";
import { type ConsumedRecord, encodeText } from "../../../runtime/task/index.js";

export interface MemoryRecord {
  readonly offset: number;
  readonly timestamp?: number;
  readonly rawPosition?: string;
}

/** Pages of so many records; beginnings and ends as a broker has them: gaps between offsets are fine. */
export class MemoryLog implements LiveLog {
  private readonly partitions = new Map<string, { start: number; end: number; records: ConsumedRecord[] }>();

  constructor(private readonly pageRecords = 2) {}

  put(topic: string, partition: number, records: readonly MemoryRecord[], end?: number, start = 0): this {
    this.partitions.set(`${topic}/${partition}`, {
      start,
      end: end ?? (records.at(-1)?.offset ?? start - 1) + 1,
      records: records.map(({ offset, timestamp = 0, rawPosition }) => ({
        topic,
        partition,
        offset,
        timestamp,
        key: null,
        value: null,
        headers: rawPosition === undefined ? [] : [{ key: "raw-position", value: encodeText(rawPosition) }],
      })),
    });
    return this;
  }

  /** Retention. */
  expireTo(topic: string, partition: number, start: number): void {
    this.of(topic, partition).start = start;
  }

  async startOffset(topic: string, partition: number): Promise<number> {
    return this.of(topic, partition).start;
  }

  async endOffset(topic: string, partition: number): Promise<number> {
    return this.of(topic, partition).end;
  }

  async offsetAt(topic: string, partition: number, timestampMs: number): Promise<number> {
    const { records, end } = this.of(topic, partition);
    return records.find(({ timestamp }) => timestamp >= timestampMs)?.offset ?? end;
  }

  async read(topic: string, partition: number, fromOffset: number) {
    const { start, end, records } = this.of(topic, partition);
    if (fromOffset < start || fromOffset > end) throw new RangeError(`offset ${fromOffset} is out of range`);
    const page = records.filter(({ offset }) => offset >= fromOffset).slice(0, this.pageRecords);
    const last = page.at(-1);
    return { records: page, nextOffset: last === undefined ? end : last.offset + 1 };
  }

  private of(topic: string, partition: number) {
    const found = this.partitions.get(`${topic}/${partition}`);
    if (found === undefined) throw new Error(`no ${topic}-${partition}`);
    return found;
  }
}

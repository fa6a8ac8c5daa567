/** What tasks read their source topics from: the folder's own log, and for some topics the log of somebody else. */
import type { ConsumedRecord, TopicCodecs } from "../task/index.js";

export interface SourcePage {
  /** In the order of their offsets, which may have gaps. */
  readonly records: readonly ConsumedRecord[];
  /** Where to read on: behind the last record, and behind gaps. */
  readonly nextOffset: number;
}

/** Where a partition begins and ends is known without asking anybody. */
export interface SourceLog {
  startOffset(topic: string, partition: number): number;
  endOffset(topic: string, partition: number): number;
  /** At least one record where there is any before the end. */
  read(topic: string, partition: number, fromOffset: number, maxBytes: number): Promise<SourcePage>;
}

/** Topics that are somebody else's: they are read there, and nothing is written to them. */
export interface ForeignInput {
  readonly topics: ReadonlySet<string>;
  readonly log: SourceLog;
  /** Of their values, as their owner frames them. */
  readonly codecs: TopicCodecs;
  /** Of records of the folder's own topics, those that tasks are to see. Absent: all. */
  readonly admits?: (record: ConsumedRecord) => boolean;
}

export function sourceLogOf(own: SourceLog, input: ForeignInput | undefined): SourceLog {
  return input === undefined ? own : new JoinedLog(own, input);
}

class JoinedLog implements SourceLog {
  constructor(
    private readonly own: SourceLog,
    private readonly input: ForeignInput,
  ) {}

  startOffset(topic: string, partition: number): number {
    return this.logOf(topic).startOffset(topic, partition);
  }

  endOffset(topic: string, partition: number): number {
    return this.logOf(topic).endOffset(topic, partition);
  }

  async read(topic: string, partition: number, fromOffset: number, maxBytes: number): Promise<SourcePage> {
    const log = this.logOf(topic);
    const { admits } = this.input;
    if (log !== this.own || admits === undefined) return log.read(topic, partition, fromOffset, maxBytes);
    for (let offset = fromOffset; ; ) {
      const page = await log.read(topic, partition, offset, maxBytes);
      const records = page.records.filter(admits);
      const isEnd = page.nextOffset >= log.endOffset(topic, partition);
      if (records.length > 0 || isEnd) return { records, nextOffset: page.nextOffset };
      offset = page.nextOffset;
    }
  }

  private logOf(topic: string): SourceLog {
    return this.input.topics.has(topic) ? this.input.log : this.own;
  }
}

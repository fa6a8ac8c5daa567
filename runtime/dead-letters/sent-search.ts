/**
 * Finds the records that letters have become when they were sent through again: those of the input topics with the header
 * `dead-letter`. A record that was sent lies behind the one that failed, when it went to the same partition: there the search
 * begins. It does not go by time: a record that is sent again keeps its timestamp.
 */
import { pagesOf, type QueriedLog } from "../queries/index.js";
import type { ConsumedRecord } from "../task/index.js";
import { letterOffsetIn } from "./headers.js";
import type { ReturnAddress } from "./return-address.js";

interface SearchStart {
  readonly topic: string;
  readonly partition: number;
  fromOffset: number;
}

export class SentSearch {
  /** One for each partition of an input topic, at most. */
  private readonly starts = new Map<string, SearchStart>();

  /** Takes where a letter would go: it is searched for too. */
  add(address: ReturnAddress): void {
    if (address.kind === "refused") return;
    const { original, partition } = address;
    const { topic } = original;
    // In another partition than it failed in, offsets say nothing.
    const fromOffset = partition === original.partition ? original.offset + 1 : 0;
    const start = this.starts.get(`${topic}/${partition}`);
    if (start === undefined) this.starts.set(`${topic}/${partition}`, { topic, partition, fromOffset });
    else start.fromOffset = Math.min(start.fromOffset, fromOffset);
  }

  /** @param found told of each such record, with its letter's offset. @yields how many records were read, page by page */
  async *run(log: QueriedLog, found: (letterOffset: number, record: ConsumedRecord) => void): AsyncGenerator<number> {
    for (const { topic, partition, fromOffset } of this.starts.values()) {
      const toOffset = await log.endOffset(topic, partition);
      // An offset beyond the end is that of a topic that was made anew since.
      const range = { topic, partition, fromOffset: fromOffset > toOffset ? 0 : fromOffset, toOffset };
      for await (const records of pagesOf(log, range)) {
        for (const record of records) {
          const offset = letterOffsetIn(record.headers);
          if (offset !== null) found(offset, record);
        }
        yield records.length;
      }
    }
  }
}

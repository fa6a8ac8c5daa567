/** A partition of a topic from one offset up to another, a page in memory at a time. */
import type { ConsumedRecord } from "../task/index.js";
import type { LogPage, QueriedLog } from "./port.js";

export interface LogRange {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
  /** The offset after the last one. */
  readonly toOffset: number;
}

/**
 * Records are views on their page: copy what is kept. Other work has its turn between pages.
 * @throws what the log throws, but for an offset that it has given up meanwhile: reading goes on where it now begins.
 */
export async function* pagesOf(log: QueriedLog, range: LogRange): AsyncGenerator<readonly ConsumedRecord[]> {
  const { topic, partition, toOffset } = range;
  let offset = Math.max(range.fromOffset, await log.startOffset(topic, partition));
  while (offset < toOffset) {
    const { records, nextOffset } = await readFrom(log, range, offset);
    yield records.filter((record) => record.offset < toOffset);
    offset = nextOffset;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Retention may be faster. */
async function readFrom(log: QueriedLog, { topic, partition }: LogRange, offset: number): Promise<LogPage> {
  for (let from = offset; ; ) {
    try {
      return await log.read(topic, partition, from);
    } catch (error) {
      const startOffset = await log.startOffset(topic, partition);
      if (startOffset <= from) throw error;
      from = startOffset;
    }
  }
}

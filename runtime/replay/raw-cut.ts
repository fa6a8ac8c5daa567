/**
 * Where the live state ends in `raw-events`. Its positions are those of the joined topics: of each of them the record before the
 * position says which raw record it comes from, and up to there that topic has been processed.
 */
import { RAW_POSITION_HEADER, rawPositionOf } from "../../processors/index.js";
import type { LiveLog } from "../live/index.js";
import { pagesOf } from "../queries/index.js";
import { type ConsumedRecord, headerText } from "../task/index.js";
import type { TopicOffset } from "./range.js";

/** By joined topic and partition: raw records up to this offset, it included, have been processed with it. */
export class RawCut {
  private constructor(private readonly last: ReadonlyMap<string, number>) {}

  /** @param positions where the live tasks stood in the joined topics */
  static async of(
    log: LiveLog,
    joinedTopics: readonly string[],
    partitions: number,
    positions: readonly TopicOffset[],
  ): Promise<RawCut> {
    const last = new Map<string, number>();
    for (const topic of joinedTopics) {
      for (let partition = 0; partition < partitions; partition++) {
        const position = positions.find((one) => one.topic === topic && one.partition === partition)?.offset ?? null;
        const offset = position === null ? -1 : await lastRawOffset(log, { topic, partition, offset: position });
        last.set(`${topic}/${partition}`, offset);
      }
    }
    return new RawCut(last);
  }

  /** Where the raw partition's range ends: behind the furthest of the joined topics. */
  endOf(partition: number, endOffset: number): number {
    const furthest = [...this.last].filter(([place]) => place.endsWith(`/${partition}`)).map(([, offset]) => offset);
    return Math.min(Math.max(-1, ...furthest) + 1, endOffset);
  }

  /** Whether the live task has processed this record of a joined topic too. */
  admits({ topic, partition, headers }: ConsumedRecord): boolean {
    const last = this.last.get(`${topic}/${partition}`);
    if (last === undefined) return true;
    const raw = rawOffset(headers, partition);
    return raw === null || raw <= last;
  }
}

const FIRST_STEP = 16;
const STEP_FACTOR = 16;

/** Infinity when no record tells: all that there is has been processed. */
async function lastRawOffset(log: LiveLog, position: TopicOffset): Promise<number> {
  const { topic, partition, offset } = position;
  if (offset === 0) return -1;
  const startOffset = await log.startOffset(topic, partition);
  for (let step = FIRST_STEP; ; step *= STEP_FACTOR) {
    const fromOffset = Math.max(startOffset, offset - step);
    let last: number | null = null;
    for await (const records of pagesOf(log, { topic, partition, fromOffset, toOffset: offset }))
      for (const record of records) last = rawOffset(record.headers, partition) ?? last;
    if (last !== null) return last;
    if (fromOffset <= startOffset) return beforeNext(log, position);
  }
}

/** All before the position has expired, or other producers wrote it: the next record tells where it ends. */
async function beforeNext(log: LiveLog, { topic, partition, offset }: TopicOffset): Promise<number> {
  const toOffset = await log.endOffset(topic, partition);
  for await (const records of pagesOf(log, { topic, partition, fromOffset: offset, toOffset })) {
    for (const record of records) {
      const raw = rawOffset(record.headers, partition);
      if (raw !== null) return raw - 1;
    }
  }
  return Number.POSITIVE_INFINITY;
}

/** Null when there is none, or it is one of another partition. */
function rawOffset(headers: ConsumedRecord["headers"], partition: number): number | null {
  const position = rawPositionOf(headerText(headers, RAW_POSITION_HEADER));
  return position?.partition === partition ? position.offset : null;
}

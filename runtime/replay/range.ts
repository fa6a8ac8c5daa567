/** Which records a replay reads: of each partition of its input, from where to where. */
import type { LiveApplication } from "../live/index.js";
import { type RangeEnd, ReplayError, ReplayRangeError } from "./errors.js";

export interface TopicOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Partitions that `offsets` do not name are taken from their beginning. */
export type RangeFrom =
  | { readonly kind: "beginning" }
  | { readonly kind: "offsets"; readonly offsets: readonly TopicOffset[] }
  | { readonly kind: "timestamp"; readonly timestampMs: number };

/** Offsets and times are those behind the last record. Partitions that `offsets` do not name are taken to their present end. */
export type RangeTo =
  | { readonly kind: "end" }
  | { readonly kind: "offsets"; readonly offsets: readonly TopicOffset[] }
  | { readonly kind: "timestamp"; readonly timestampMs: number }
  /** Where the live tasks stood: no flag gives it. */
  | { readonly kind: "positions"; readonly offsets: readonly TopicOffset[] };

export interface RangeRequest {
  readonly from: RangeFrom;
  readonly to: RangeTo;
}

export interface InputRange {
  readonly topic: string;
  readonly partition: number;
  /** The first offset that is there. From it on rows are rebuilt; 0 when nothing has expired. */
  readonly startOffset: number;
  /** From here on outputs count. */
  readonly fromOffset: number;
  /** The offset behind the last record. */
  readonly toOffset: number;
}

/** Which topics there are to replay, each with its partitions. */
export interface InputTopics {
  readonly topics: readonly string[];
  readonly partitions: number;
}

/** @throws ReplayRangeError naming the topic, the partition and the offset that is not there; ReplayError */
export async function resolveRanges(
  { log }: Pick<LiveApplication, "log">,
  { topics, partitions }: InputTopics,
  { from, to }: RangeRequest,
): Promise<readonly InputRange[]> {
  if (from.kind === "offsets") checkNamed("from", from.offsets, { topics, partitions });
  if (to.kind === "offsets") checkNamed("to", to.offsets, { topics, partitions });
  const ranges: InputRange[] = [];
  for (const topic of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      const startOffset = await log.startOffset(topic, partition);
      const endOffset = await log.endOffset(topic, partition);
      const place = { topic, partition, startOffset, endOffset };
      const fromOffset = await offsetOf(log, place, "from", from);
      const toOffset = await offsetOf(log, place, "to", to);
      ranges.push({ topic, partition, startOffset, ...ordered(place, fromOffset, toOffset, { from, to }) });
    }
  }
  return ranges;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

async function offsetOf(
  log: LiveApplication["log"],
  place: Place,
  end: RangeEnd,
  limit: RangeFrom | RangeTo,
): Promise<number> {
  const { topic, partition, startOffset, endOffset } = place;
  switch (limit.kind) {
    case "beginning":
      return startOffset;
    case "end":
      return endOffset;
    case "timestamp":
      return Math.min(Math.max(await log.offsetAt(topic, partition, limit.timestampMs), startOffset), endOffset);
    case "positions":
      return positionOf(place, named(limit.offsets, place)?.offset ?? startOffset);
    case "offsets": {
      const found = named(limit.offsets, place);
      if (found === undefined) return end === "from" ? startOffset : endOffset;
      return within(place, found.offset, end);
    }
  }
}

function named(offsets: readonly TopicOffset[], { topic, partition }: Place): TopicOffset | undefined {
  return offsets.find((one) => one.topic === topic && one.partition === partition);
}

/** What the live task has not read before it expired is no more to be had than what it has read. */
function positionOf({ topic, partition, startOffset, endOffset }: Place, offset: number): number {
  if (offset > endOffset)
    throw new ReplayError(
      `${topic}, partition ${partition}: the live task has read up to offset ${offset}, and the topic ends at ${endOffset}: was it made again?`,
    );
  return Math.max(offset, startOffset);
}

function within({ topic, partition, startOffset, endOffset }: Place, offset: number, end: RangeEnd): number {
  if (offset >= startOffset && offset <= endOffset) return offset;
  const why = offset < startOffset ? "it has expired" : "it is not written yet";
  throw new ReplayRangeError(
    end,
    `${topic}:${partition}:${offset}: ${why}; the partition has the offsets ${startOffset} up to ${endOffset}`,
  );
}

function ordered(place: Place, fromOffset: number, toOffset: number, { from, to }: RangeRequest) {
  if (fromOffset <= toOffset) return { fromOffset, toOffset };
  // A time after the end, or input that the live task has not come to: nothing of this partition is in the range.
  if (from.kind === "timestamp" && to.kind !== "timestamp" && to.kind !== "offsets")
    return { fromOffset: toOffset, toOffset };
  if (to.kind === "positions" && from.kind !== "offsets") return { fromOffset: toOffset, toOffset };
  const end = to.kind === "positions" ? "from" : "to";
  const limit = to.kind === "positions" ? "where the live task stands" : "its end";
  throw new ReplayRangeError(
    end,
    `${place.topic}, partition ${place.partition}: the range would begin at offset ${fromOffset}, which is behind ${limit}, ${toOffset}`,
  );
}

function checkNamed(end: RangeEnd, offsets: readonly TopicOffset[], { topics, partitions }: InputTopics): void {
  const seen = new Set<string>();
  for (const { topic, partition, offset } of offsets) {
    const text = `${topic}:${partition}:${offset}`;
    if (!topics.includes(topic))
      throw new ReplayRangeError(end, `${text}: ${topic} is no input of this replay, which reads ${topics.join(", ")}`);
    if (partition >= partitions)
      throw new ReplayRangeError(end, `${text}: ${topic} has the partitions 0 to ${partitions - 1}`);
    const place = `${topic}:${partition}`;
    if (seen.has(place)) throw new ReplayRangeError(end, `${text}: partition ${partition} of ${topic} is named twice`);
    seen.add(place);
  }
}

/** How many offsets lie between: at most so many records. */
export function offsetsIn(ranges: readonly InputRange[], part: "rebuilt" | "replayed"): number {
  return ranges.reduce(
    (sum, { startOffset, fromOffset, toOffset }) =>
      sum + (part === "rebuilt" ? fromOffset - startOffset : toOffset - fromOffset),
    0,
  );
}

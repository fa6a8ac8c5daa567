/** Where the input of a conversation begins, computed again from all of its records that were decided. */
import type { FirstInput } from "../../../schemas/types.js";
import type { JoinedRecord } from "./partition.js";

export function firstInputOf(records: readonly JoinedRecord[]): FirstInput {
  return {
    conversationOffset: lowest(offsetsOf(records, "conversation")),
    workItemOffset: lowest(offsetsOf(records, "work-item")),
    rawOffset: lowestRaw(records),
  };
}

function offsetsOf(records: readonly JoinedRecord[], kind: "conversation" | "work-item"): number[] {
  return records.filter(({ joined }) => joined?.kind === kind).map(({ place }) => place.offset);
}

/** Null unless every record comes from the raw partition of its own number. */
function lowestRaw(records: readonly JoinedRecord[]): number | null {
  const offsets = records.flatMap(({ place, headers }) => {
    const [partition, offset] = (headers["raw-position"] ?? "").split(":");
    return partition === String(place.partition) ? [Number(offset)] : [];
  });
  return offsets.length === records.length ? lowest(offsets) : null;
}

function lowest(offsets: readonly number[]): number | null {
  return offsets.length === 0 ? null : offsets.reduce((least, offset) => Math.min(least, offset));
}

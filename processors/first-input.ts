/** Keeps in a row where its conversation's input begins, so that a replay can say whether all of it is still there. */
import type { AssignmentRow, FirstInput } from "../schemas/types.js";
import { RAW_POSITION_HEADER, type StreamRecord } from "./processor.js";
import { rawPositionOf } from "./raw-position.js";

/** The field of {@link FirstInput} that is an offset in the topic of the record. */
export type OffsetField = "conversationOffset" | "workItemOffset";

/**
 * The row after a record, with the record noted; the same object when it says nothing new. Offsets only rise within a
 * topic, but the two topics may come in any order of raw positions: so only the first record of a topic is one more to
 * write, and a raw position that is lower than all before it.
 * @param before the row before the record; undefined when it is the conversation's first
 */
export function withFirstInput(
  before: AssignmentRow | undefined,
  after: AssignmentRow,
  record: StreamRecord<unknown>,
  field: OffsetField,
): AssignmentRow {
  if (before === undefined) {
    const none = { conversationOffset: null, workItemOffset: null };
    return { ...after, firstInput: { ...none, [field]: record.offset, rawOffset: rawOffsetOf(record) } };
  }
  const known = after.firstInput;
  // A row of an earlier version: records that it does not know of came before this one.
  if (known === null) return after;
  const offset = lower(known[field], record.offset);
  const rawOffset = known.rawOffset === null ? null : lowerOrUnknown(known.rawOffset, rawOffsetOf(record));
  if (offset === known[field] && rawOffset === known.rawOffset) return after;
  return { ...after, firstInput: { ...known, [field]: offset, rawOffset } satisfies FirstInput };
}

/** Null when the record names no raw position, or one in another partition than its own. */
function rawOffsetOf({ partition, headers }: StreamRecord<unknown>): number | null {
  const position = rawPositionOf(headers[RAW_POSITION_HEADER]);
  return position === null || position.partition !== partition ? null : position.offset;
}

function lower(known: number | null, offset: number): number {
  return known === null ? offset : Math.min(known, offset);
}

function lowerOrUnknown(known: number, offset: number | null): number | null {
  return offset === null ? null : Math.min(known, offset);
}

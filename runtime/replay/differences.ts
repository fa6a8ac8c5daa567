/** How what a replay has come to differs from what is stored of the live application. */
import { compareVersions, isDiverged } from "../../processors/index.js";
import type { AssignmentRow, QueueAssignment, Target, Version } from "../../schemas/index.js";

export type ComparedField =
  | "conversation"
  | "assignment"
  | "assignmentVersion"
  | "lifecycle"
  | "lifecycleVersion"
  | "record"
  | "diverged"
  | "sequence"
  | "causeEventId";

export type ComparedValue = Target | Version | AssignmentRow["record"] | string | number | boolean;

export interface Difference {
  /** Where the live value stands: in the store, or in the last record of the sync topic. */
  readonly where: "state" | "sync-topic";
  /** `conversation`: the whole of it is missing, or cannot be read. */
  readonly field: ComparedField;
  readonly live: ComparedValue;
  /** What it should be: by the replay, or, for `sequence` and `causeEventId`, by the live row. */
  readonly replayed: ComparedValue;
}

export function stateDifferences(live: AssignmentRow, replayed: AssignmentRow): Difference[] {
  const one = comparedFields(live);
  const other = comparedFields(replayed);
  return differing("state", one, other);
}

function comparedFields(row: AssignmentRow) {
  const { assignment, assignmentVersion, lifecycle, lifecycleVersion, record } = row;
  return { assignment, assignmentVersion, lifecycle, lifecycleVersion, record, diverged: isDiverged(row) };
}

/**
 * Of the last record of the sync topic. Its versions are those of the moment when it was emitted: events that confirmed the value
 * may have raised them since, and which do so depends on their order; above the present ones they can never be.
 * @param live null when the live row was forgotten
 */
export function syncDifferences(
  record: QueueAssignment,
  live: AssignmentRow | null,
  replayed: AssignmentRow,
): Difference[] {
  const { assignment, lifecycle } = replayed;
  const found = differing(
    "sync-topic",
    { assignment: record.assignment, lifecycle: record.lifecycle },
    { assignment, lifecycle },
  );
  for (const field of ["assignmentVersion", "lifecycleVersion"] as const) {
    if (!mayHaveBecome(record[field], replayed[field]))
      found.push({ where: "sync-topic", field, live: record[field], replayed: replayed[field] });
  }
  if (live === null) return found;
  const { sequence, lastEmission } = live;
  const causeEventId = lastEmission?.causeEventId ?? null;
  const known = { sequence: record.sequence, causeEventId: record.causeEventId };
  return [...found, ...differing("sync-topic", known, { sequence, causeEventId })];
}

function differing(
  where: Difference["where"],
  live: Partial<Record<ComparedField, ComparedValue>>,
  replayed: Partial<Record<ComparedField, ComparedValue>>,
): Difference[] {
  const fields = Object.keys(live) as ComparedField[];
  return fields.flatMap((field) => {
    const one = live[field] ?? null;
    const other = replayed[field] ?? null;
    // Both were read by the same codec: their fields stand in the same order.
    return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ where, field, live: one, replayed: other }];
  });
}

/** A version only rises; one and the same event's only where its basis was inherited. */
function mayHaveBecome(emitted: Version | null, now: Version | null): boolean {
  if (emitted === null) return true;
  if (now === null || compareVersions(emitted, now) > 0) return false;
  if (emitted.eventId !== now.eventId) return true;
  const { basis: _then, ...rest } = emitted;
  const { basis: _now, ...restNow } = now;
  return JSON.stringify(rest) === JSON.stringify(restNow) && (now.kind === 1 || emitted.basis === now.basis);
}

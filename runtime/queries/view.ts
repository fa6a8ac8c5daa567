/** What the assignment store says of one conversation, for those who ask. */
import { isDiverged } from "../../processors/index.js";
import type { AssignmentRow, Emission, Lifecycle, SourceRecord, Target, Version } from "../../schemas/index.js";

/** Times are epoch milliseconds; enums as in Avro. */
export interface AssignmentView {
  readonly key: string;
  /** How many queue assignments were emitted. */
  readonly sequence: number;
  /** Null without a version: unknown; with one: nobody. */
  readonly assignment: Target | null;
  readonly assignmentVersion: Version | null;
  readonly lifecycle: Lifecycle;
  readonly lifecycleVersion: Version | null;
  /** What the source's own record says. */
  readonly record: Target | null;
  /** Which event wrote that, and at which revision (or item time); null before any did. */
  readonly recordedBy: Pick<SourceRecord, "eventId" | "revision"> | null;
  /** Whether that differs from the assignment. */
  readonly diverged: boolean;
  /** What the last queue assignment said beside this; null before the first. */
  readonly lastEmission: Emission | null;
}

export function assignmentView(key: string, row: AssignmentRow): AssignmentView {
  const { record } = row;
  return {
    key,
    sequence: row.sequence,
    assignment: row.assignment,
    assignmentVersion: row.assignmentVersion,
    lifecycle: row.lifecycle,
    lifecycleVersion: row.lifecycleVersion,
    record: record?.target ?? null,
    recordedBy: record === null ? null : { eventId: record.eventId, revision: record.revision },
    diverged: isDiverged(row),
    lastEmission: row.lastEmission,
  };
}

/** A fast comparison of one decision with the oracle's, for tests that make millions of them. */
import { type Decided, isDiverged } from "../../../processors/rule/index.js";
import type { AssignmentRow, Reason, SourceRecord, Version } from "../../../schemas/types.js";
import { compareVersions, type Evaluation, type JoinedEvent, sameTarget } from "../../oracle/oracle.js";
import { decisionClassOf } from "./subject.js";

/** @throws Error naming the arrivals and the first thing that differs. */
export function expectAgreement(
  before: AssignmentRow,
  { row, decision, assignment }: Decided,
  expected: Evaluation,
  reason: Reason,
  emits: boolean,
  arrivals: () => readonly JoinedEvent[],
): void {
  const differs = (what: string) => {
    const ids = arrivals().map((joined) => joined.event.eventId);
    const shown = JSON.stringify({ arrivals: ids, reason, expected, before, row, decision }, null, 1);
    return new Error(`${what} differs from the oracle's: ${shown}`);
  };
  if (!sameTarget(row.assignment, expected.assignment)) throw differs("assignment");
  if (!sameVersion(row.assignmentVersion, expected.assignmentVersion)) throw differs("assignmentVersion");
  if (row.lifecycle !== expected.lifecycle) throw differs("lifecycle");
  if (!sameVersion(row.lifecycleVersion, expected.lifecycleVersion)) throw differs("lifecycleVersion");
  if (!sameRecord(row.record, expected.record)) throw differs("record");
  if (isDiverged(row) !== expected.diverged || decision.diverged !== expected.diverged) throw differs("diverged");
  if (decision.reason !== reason) throw differs("reason");
  if (decision.decisionClass !== decisionClassOf(reason, emits)) throw differs("decisionClass");
  if (decision.holderEventId !== (expected.assignmentVersion?.eventId ?? null)) throw differs("holderEventId");
  const sequence = emits ? before.sequence + 1 : null;
  if (decision.emittedSequence !== sequence || (assignment?.sequence ?? null) !== sequence) throw differs("sequence");
  if (row.sequence !== (sequence ?? before.sequence)) throw differs("the row's sequence");
  if (assignment === null) return;
  if (!sameTarget(assignment.assignment, expected.assignment)) throw differs("the emitted assignment");
  if (assignment.lifecycle !== expected.lifecycle) throw differs("the emitted lifecycle");
  if (!sameVersion(assignment.assignmentVersion, expected.assignmentVersion)) throw differs("the emitted version");
  if (assignment.reason !== reason) throw differs("the emitted reason");
}

function sameVersion(left: Version | null, right: Version | null): boolean {
  if (left === null || right === null) return left === right;
  return compareVersions(left, right) === 0;
}

function sameRecord(left: SourceRecord | null, right: SourceRecord | null): boolean {
  if (left === null || right === null) return left === right;
  return left.revision === right.revision && left.eventId === right.eventId && sameTarget(left.target, right.target);
}

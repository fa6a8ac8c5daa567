/** What a decision is, and how it follows from the row before and the row after an event (decision rule, section 4). */
import type { AssignmentRow, DecisionClass, QueueAssignment, Reason, Target, Version } from "../../schemas/types.js";
import { classOf } from "./reasons.js";
import { isDiverged } from "./state.js";
import { sameTarget } from "./version.js";

/** The version of the rule that decisions name: it changes when the same events would be decided otherwise. */
export const RULE_VERSION = 1;

export interface DecisionContext {
  /** `absent` when no work-item events are received: an echo then counts as a conversation intent. */
  readonly workItemStream: "present" | "absent";
  /** The timestamp of the input record (epoch ms): becomes `emittedAt`. */
  readonly timestamp: number;
}

export interface Decision {
  readonly reason: Reason;
  readonly decisionClass: DecisionClass;
  readonly target: Target | null;
  readonly version: Version | null;
  readonly basis: number | null;
  readonly basisInferred: boolean;
  readonly holderEventId: string | null;
  readonly holderVersion: Version | null;
  readonly emittedSequence: number | null;
  readonly diverged: boolean;
}

export interface Decided {
  /** The state after the event; the same object when nothing changed. */
  readonly row: AssignmentRow;
  readonly decision: Decision;
  /** The record to emit; null when neither the assignment nor the life cycle changed by value. */
  readonly assignment: QueueAssignment | null;
  /** Whether the event forks a revision: same entity and revision as a holder, another event id. Whoever wins. */
  readonly forked: boolean;
  /** Whether the source's record differed from the assignment before the event. */
  readonly divergedBefore: boolean;
}

/** The event that decided, as emitted records name it. */
export interface Cause {
  readonly eventId: string;
  readonly decidedAt: number;
}

export interface Judgement {
  readonly before: AssignmentRow;
  readonly after: AssignmentRow;
  readonly reason: Reason;
  readonly cause: Cause;
  readonly target: Target | null;
  readonly version: Version | null;
  readonly basis: number | null;
  readonly basisInferred: boolean;
  readonly forked: boolean;
}

interface ConversationIdentity {
  readonly source: string;
  readonly tenant: string;
  readonly conversationId: string;
}

/** Whether the assignment changed by value; unknown counts as a value of its own. */
export function assignmentChanged(before: AssignmentRow, after: AssignmentRow): boolean {
  if ((before.assignmentVersion === null) !== (after.assignmentVersion === null)) return true;
  return !sameTarget(before.assignment, after.assignment);
}

/** Completes a judgement: emits when, and only when, the pair of assignment and life cycle changed. */
export function decided(judgement: Judgement, identity: ConversationIdentity, context: DecisionContext): Decided {
  const { before, after, reason } = judgement;
  const emits = before.lifecycle !== after.lifecycle || assignmentChanged(before, after);
  const row = emits ? withEmission(judgement, context.timestamp) : after;
  return {
    row,
    decision: {
      reason,
      decisionClass: classOf(reason, emits),
      target: judgement.target,
      version: judgement.version,
      basis: judgement.basis,
      basisInferred: judgement.basisInferred,
      holderEventId: row.assignmentVersion?.eventId ?? null,
      holderVersion: row.assignmentVersion,
      emittedSequence: emits ? row.sequence : null,
      diverged: isDiverged(row),
    },
    assignment: emits ? queueAssignment(row, identity) : null,
    forked: judgement.forked,
    divergedBefore: isDiverged(before),
  };
}

function withEmission({ before, after, reason, cause }: Judgement, timestamp: number): AssignmentRow {
  return {
    ...after,
    sequence: before.sequence + 1,
    lastEmission: {
      reason,
      causeEventId: cause.eventId,
      previousAssignment: before.assignment,
      decidedAt: cause.decidedAt,
      emittedAt: timestamp,
    },
  };
}

/** The record that says what a row says; null when nothing was emitted for its conversation yet. */
export function queueAssignment(row: AssignmentRow, identity: ConversationIdentity): QueueAssignment | null {
  const { lastEmission } = row;
  if (lastEmission === null) return null;
  return {
    source: identity.source,
    tenant: identity.tenant,
    conversationId: identity.conversationId,
    sequence: row.sequence,
    assignment: row.assignment,
    previousAssignment: lastEmission.previousAssignment,
    lifecycle: row.lifecycle,
    assignmentVersion: row.assignmentVersion,
    lifecycleVersion: row.lifecycleVersion,
    causeEventId: lastEmission.causeEventId,
    reason: lastEmission.reason,
    decidedAt: lastEmission.decidedAt,
    emittedAt: lastEmission.emittedAt,
  };
}

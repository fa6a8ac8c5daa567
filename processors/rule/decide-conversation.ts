/** Decides one event of the conversation stream (decision rule, sections 2 to 5). */
import type { AssignmentRow, ConversationEvent, Reason, Version } from "../../schemas/types.js";
import { assignmentChanged, type Decided, type DecisionContext, decided, type Judgement } from "./decided.js";
import { higherReason } from "./reasons.js";
import { emptyRow, isDeleted, isDiverged, withoutOutrunEvidence } from "./state.js";
import {
  CONVERSATION_KIND,
  compareEventIds,
  comparePlaces,
  conversationVersion,
  DELETION_BASIS,
  outranks,
  sameTarget,
} from "./version.js";

/**
 * The state after a conversation event, and why. Pure: the same row and event give the same result, and the row that
 * is passed in is left as it is.
 * @param row the state before; undefined before the first event of the conversation.
 */
export function decideConversation(
  row: AssignmentRow = emptyRow(),
  event: ConversationEvent,
  context: DecisionContext,
): Decided {
  return decided(judge(row, event, context), event, context);
}

function judge(row: AssignmentRow, event: ConversationEvent, context: DecisionContext): Judgement {
  const carriesDecision = event.isDeletion || event.queueChange !== null || event.lifecycleChange !== null;
  if (!event.persisted || event.isAudit || !carriesDecision) return judgement(row, event, row, "NO_QUEUE_CHANGE");
  if (holdsRegister(row, event.eventId)) {
    return judgement(row, event, row, "DUPLICATE", ownVersion(event, context));
  }
  if (event.isDeletion) return judgeDeletion(row, event);
  if (isDeleted(row)) return judgement(row, event, row, "CONVERSATION_DELETED", ownVersion(event, context));
  return judgeChange(row, event, context);
}

/** Deletion is terminal: it outranks everything, and nothing but it remains in the row. */
function judgeDeletion(row: AssignmentRow, event: ConversationEvent): Judgement {
  const version = conversationVersion(DELETION_BASIS, event.eventId);
  if (isDeleted(row)) {
    const after = outranks(version, row.assignmentVersion) ? deletedRow(row, version) : row;
    return judgement(row, event, after, "CONVERSATION_DELETED", version);
  }
  return judgement(row, event, deletedRow(row, version), "LIFECYCLE_CHANGED", version);
}

function deletedRow(row: AssignmentRow, version: Version): AssignmentRow {
  return {
    ...emptyRow(),
    sequence: row.sequence,
    lastEmission: row.lastEmission,
    firstInput: row.firstInput,
    assignmentVersion: version,
    lifecycle: "DELETED",
    lifecycleVersion: version,
  };
}

function judgeChange(row: AssignmentRow, event: ConversationEvent, context: DecisionContext): Judgement {
  const version = conversationVersion(orderOf(event), event.eventId);
  const intends = isIntent(event, context);
  const recorded = withRecord(row, event, version);
  const assigned = intends ? withAssignment(recorded, event, version) : recorded;
  const after = event.lifecycleChange === null ? assigned : withLifecycle(assigned, event, version);

  let reason: Reason | null = event.lifecycleChange === null ? null : reasonOfStatus(row, event, version);
  if (intends) reason = higherReason(reason, reasonOfIntent(row, after, event, version));
  else if (event.queueChange !== null) reason = higherReason(reason, reasonOfEcho(after, version));
  return judgement(
    row,
    event,
    after,
    reason ?? "NO_QUEUE_CHANGE",
    ownVersion(event, context),
    isFork(row, event, context),
  );
}

function reasonOfIntent(row: AssignmentRow, after: AssignmentRow, event: ConversationEvent, version: Version): Reason {
  const holder = row.assignmentVersion;
  if (holder === null || outranks(version, holder)) {
    if (!assignmentChanged(row, after)) return "CONFIRMED";
    return after.assignment === null ? "UNASSIGNED" : "ASSIGNED";
  }
  if (sameTarget(event.queueChange?.target ?? null, row.assignment)) return "SUPERSEDED_SAME_TARGET";
  return event.revision !== null && comparePlaces(version, holder) === 0 ? "FORKED_REVISION" : "STALE_REVISION";
}

function reasonOfStatus(row: AssignmentRow, event: ConversationEvent, version: Version): Reason {
  const same = event.lifecycleChange === row.lifecycle;
  if (outranks(version, row.lifecycleVersion)) return same ? "CONFIRMED" : "LIFECYCLE_CHANGED";
  return same ? "SUPERSEDED_SAME_TARGET" : "STALE_REVISION";
}

function reasonOfEcho(after: AssignmentRow, version: Version): Reason {
  const isRecord = after.record?.revision === version.basis && after.record.eventId === version.eventId;
  if (!isRecord) return "ECHO_OUTDATED";
  return isDiverged(after) ? "STALE_REVERSE_SYNC" : "ECHO_IN_SYNC";
}

/** What the source's record says now: its latest queue change, echo or not. */
function withRecord(row: AssignmentRow, event: ConversationEvent, { basis, eventId }: Version): AssignmentRow {
  if (event.queueChange === null) return row;
  const { record } = row;
  const newer =
    record === null ||
    basis > record.revision ||
    (basis === record.revision && compareEventIds(eventId, record.eventId) > 0);
  return newer ? { ...row, record: { target: event.queueChange.target, revision: basis, eventId } } : row;
}

function withAssignment(row: AssignmentRow, event: ConversationEvent, version: Version): AssignmentRow {
  if (event.queueChange === null || !outranks(version, row.assignmentVersion)) return row;
  return withoutOutrunEvidence({ ...row, assignment: event.queueChange.target, assignmentVersion: version });
}

function withLifecycle(row: AssignmentRow, event: ConversationEvent, version: Version): AssignmentRow {
  if (event.lifecycleChange === null || !outranks(version, row.lifecycleVersion)) return row;
  return { ...row, lifecycle: event.lifecycleChange, lifecycleVersion: version };
}

/** An echo carries no decision, unless it is all that will ever be seen of one. */
function isIntent(event: ConversationEvent, context: DecisionContext): boolean {
  return event.queueChange !== null && (!event.isSync || context.workItemStream === "absent");
}

/** The revision, or for a source without revisions the item time. Admission has refused a change that has neither. */
function orderOf(event: ConversationEvent): number {
  const order = event.revision ?? event.orderedAt;
  if (order === null)
    throw new Error(`event ${event.eventId} changes something but has neither revision nor orderedAt`);
  return order;
}

/** The key that a decision names as the event's own: of its intent, status or deletion; an echo alone has none. */
function ownVersion(event: ConversationEvent, context: DecisionContext): Version | null {
  if (event.isDeletion) return conversationVersion(DELETION_BASIS, event.eventId);
  if (!isIntent(event, context) && event.lifecycleChange === null) return null;
  return conversationVersion(orderOf(event), event.eventId);
}

function holdsRegister(row: AssignmentRow, eventId: string): boolean {
  return row.assignmentVersion?.eventId === eventId || row.lifecycleVersion?.eventId === eventId;
}

/** Two events of the conversation at one revision. Items of a source without revisions never fork. */
function isFork(row: AssignmentRow, event: ConversationEvent, context: DecisionContext): boolean {
  if (event.revision === null) return false;
  const { revision, eventId } = event;
  const forks = (holder: Version | null) =>
    holder !== null && holder.kind === CONVERSATION_KIND && holder.basis === revision && holder.eventId !== eventId;
  return (
    (isIntent(event, context) && forks(row.assignmentVersion)) ||
    (event.lifecycleChange !== null && forks(row.lifecycleVersion))
  );
}

function judgement(
  before: AssignmentRow,
  event: ConversationEvent,
  after: AssignmentRow,
  reason: Reason,
  version: Version | null = null,
  forked = false,
): Judgement {
  return {
    before,
    after,
    reason,
    cause: { eventId: event.eventId, decidedAt: event.occurredAt },
    target: event.queueChange?.target ?? (event.isAudit ? event.snapshotTarget : null),
    version,
    basis: null,
    basisInferred: false,
    forked,
  };
}

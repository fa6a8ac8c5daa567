/** Decides one event of the work-item stream (decision rule, sections 2 to 5). */
import type {
  AssignmentRow,
  Reason,
  Target,
  UnbasedIntent,
  Version,
  WorkItemEvent,
  WorkItemState,
} from "../../schemas/types.js";
import {
  assignmentChanged,
  type Cause,
  type Decided,
  type DecisionContext,
  decided,
  type Judgement,
} from "./decided.js";
import { emptyRow, isDeleted, withoutOutrunEvidence, withWorkItem, workItemOf } from "./state.js";
import { comparePlaces, outranks, sameTarget, WORK_ITEM_KIND, workItemVersion } from "./version.js";
import {
  inheritedBasis,
  inheritedVersion,
  withEvidence,
  withResourceRevision,
  withUnbasedIntent,
} from "./work-item.js";

/**
 * The state after a work-item event, and why. Pure: the same row and event give the same result, and the row that is
 * passed in is left as it is.
 * @param row the state before; undefined before the first event of the conversation.
 */
export function decideWorkItem(
  row: AssignmentRow = emptyRow(),
  event: WorkItemEvent,
  context: DecisionContext,
): Decided {
  return decided(judge(row, event), event, context);
}

/** What the event is: a decision, a copy of one, the end of the work, or something to take note of. */
type Role = "intent" | "echo" | "completion" | "observation";

function roleOf(event: WorkItemEvent): Role {
  if (event.queueChange === null) return "observation";
  if (event.isSync) return "echo";
  return event.completed && event.queueChange.target === null ? "completion" : "intent";
}

function judge(row: AssignmentRow, event: WorkItemEvent): Judgement {
  const role = roleOf(event);
  const known = workItemOf(row, event.workItemNumber);
  const item = isDeleted(row) ? known : withEvent(known, event, role);
  const version = role === "intent" ? ownVersion(item, event) : null;
  const subject: Subject = { row, event, role, item, version };
  if (role === "intent" && row.assignmentVersion?.eventId === event.eventId)
    return judgement(subject, row, "DUPLICATE");
  if (isDeleted(row)) {
    return judgement(subject, row, role === "intent" ? "CONVERSATION_DELETED" : REASON_WITHOUT_DECISION[role]);
  }
  return judgeChange(subject, item === known ? row : withWorkItem(row, item));
}

interface Subject {
  readonly row: AssignmentRow;
  readonly event: WorkItemEvent;
  readonly role: Role;
  /** What is known of the work item with this event. */
  readonly item: WorkItemState;
  /** The key of the event's intent; null when it carries none. */
  readonly version: Version | null;
}

function judgeChange(subject: Subject, noted: AssignmentRow): Judgement {
  const { row, event, role, item, version } = subject;
  const promotion = promotionOf(noted, item, event);
  const promoted = promotion === null ? noted : withHolder(noted, promotion.version, promotion.intent.target);
  const takes = version !== null && outranks(version, promoted.assignmentVersion);
  const held = takes ? withHolder(promoted, version, event.queueChange?.target ?? null) : promoted;
  const after = held === row ? row : withoutOutrunEvidence(held);

  if (takes) return judgement(subject, after, reasonOfTaking(row, after));
  if (promotion !== null) return judgement(subject, after, "PROMOTED", promotion.intent);
  if (role !== "intent") return judgement(subject, after, REASON_WITHOUT_DECISION[role]);
  return judgement(subject, after, reasonOfLosing(after, event, version));
}

const REASON_WITHOUT_DECISION = {
  echo: "ECHO_FORWARD",
  completion: "WORK_COMPLETED",
  observation: "NO_QUEUE_CHANGE",
} as const satisfies Record<Exclude<Role, "intent">, Reason>;

/** Evidence may have raised the key of an earlier intent above the holder, or above its own key if it is the holder. */
function promotionOf(
  row: AssignmentRow,
  item: WorkItemState,
  event: WorkItemEvent,
): { readonly intent: UnbasedIntent; readonly version: Version } | null {
  const version = inheritedVersion(item);
  if (item.intent === null || version === null || item.intent.eventId === event.eventId) return null;
  return outranks(version, row.assignmentVersion) ? { intent: item.intent, version } : null;
}

function withEvent(item: WorkItemState, event: WorkItemEvent, role: Role): WorkItemState {
  const placed = withResourceRevision(item, event.resourceRevision);
  if (event.basis !== null) return withEvidence(placed, event.revision, event.basis);
  if (role !== "intent" || event.queueChange === null) return placed;
  return withUnbasedIntent(placed, {
    revision: event.revision,
    target: event.queueChange.target,
    eventId: event.eventId,
    decidedAt: event.occurredAt,
  });
}

function ownVersion(item: WorkItemState, event: WorkItemEvent): Version {
  const basis = event.basis ?? inheritedBasis(item, event.revision);
  return workItemVersion(basis, event.workItemNumber, event.revision, event.eventId);
}

function withHolder(row: AssignmentRow, version: Version, target: Target | null): AssignmentRow {
  return { ...row, assignment: target, assignmentVersion: version };
}

function reasonOfTaking(row: AssignmentRow, after: AssignmentRow): Reason {
  if (!assignmentChanged(row, after)) return "CONFIRMED";
  return after.assignment === null ? "UNASSIGNED" : "ASSIGNED";
}

function reasonOfLosing(after: AssignmentRow, event: WorkItemEvent, version: Version | null): Reason {
  if (sameTarget(event.queueChange?.target ?? null, after.assignment)) return "SUPERSEDED_SAME_TARGET";
  const holder = after.assignmentVersion;
  return version !== null && holder !== null && comparePlaces(version, holder) === 0
    ? "FORKED_REVISION"
    : "STALE_BASIS";
}

/** Two intents of the work item at one revision, whatever their bases. */
function isFork({ row, event, role }: Subject): boolean {
  const holder = row.assignmentVersion;
  return (
    role === "intent" &&
    holder !== null &&
    holder.kind === WORK_ITEM_KIND &&
    holder.workItemNumber === event.workItemNumber &&
    holder.workItemRevision === event.revision &&
    holder.eventId !== event.eventId
  );
}

function judgement(
  subject: Subject,
  after: AssignmentRow,
  reason: Reason,
  cause: Cause = causeOf(subject.event),
): Judgement {
  const { row, event, version } = subject;
  return {
    before: row,
    after,
    reason,
    cause,
    target: event.queueChange?.target ?? null,
    version,
    basis: version?.basis ?? event.basis,
    basisInferred: version !== null && event.basis === null,
    forked: isFork(subject),
  };
}

function causeOf(event: WorkItemEvent): Cause {
  return { eventId: event.eventId, decidedAt: event.occurredAt };
}

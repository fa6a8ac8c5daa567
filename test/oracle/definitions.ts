/** The definitions of section 2: what kind of event an event is, what it decides, and by which key. */
import type { Lifecycle, Target, Version, WorkItemEvent } from "../../schemas/types.js";
import type { JoinedEvent } from "./build.js";

export interface RuleOptions {
  readonly workItemStream: "present" | "absent";
}

/** An event that decides a value, and its key. */
export interface Claim<Value> {
  readonly value: Value;
  readonly key: Version;
}

/** The basis of both versions after a deletion. */
export const DELETION_BASIS = 2 ** 53 - 2;

/** Section 2: field by field, left to right; event ids by UTF-16 code units. */
export function compareVersions(left: Version, right: Version): number {
  return compareUpToEventId(left, right) || compareText(left.eventId, right.eventId);
}

export function sameTarget(left: Target | null, right: Target | null): boolean {
  if (left === null || right === null) return left === right;
  return left.type === right.type && left.id === right.id;
}

/** `null`, the version before any event, is below every other. */
export function versionRises(before: Version | null, after: Version | null): boolean {
  if (after === null) return false;
  return before === null || compareVersions(before, after) < 0;
}

/** Section 2: the target an event decides and its key; `null` when the event is no intent. */
export function intentOf(
  joined: JoinedEvent,
  set: readonly JoinedEvent[],
  options: RuleOptions,
): Claim<Target | null> | null {
  const { event } = joined;
  if (event.queueChange === null || isObservedOnly(joined)) return null;
  const value = event.queueChange.target;
  if (joined.kind === "conversation") {
    if (joined.event.isDeletion) return null;
    if (event.isSync && options.workItemStream === "present") return null;
    return { value, key: conversationKey(joined) };
  }
  if (event.isSync || isCompletion(joined)) return null;
  const { workItemNumber, revision, eventId } = joined.event;
  const basis = basisOf(joined.event, set);
  return {
    value,
    key: {
      basis,
      kind: 1,
      workItemNumber,
      workItemRevision: revision,
      eventId,
    },
  };
}

/** Section 2: the event's own basis, else the one it inherits from all events of its work item. */
export function basisOf(event: WorkItemEvent, set: readonly JoinedEvent[]): number {
  if (event.basis !== null) return event.basis;
  let inherited = 0;
  for (const other of set) {
    if (other.kind !== "work-item" || other.event.workItemNumber !== event.workItemNumber) continue;
    const { basis, resourceRevision, revision } = other.event;
    if (resourceRevision !== null) inherited = Math.max(inherited, resourceRevision);
    if (basis !== null && revision < event.revision) inherited = Math.max(inherited, basis);
  }
  return inherited;
}

export function statusOf(joined: JoinedEvent): Claim<Lifecycle> | null {
  if (joined.kind !== "conversation" || isObservedOnly(joined) || joined.event.isDeletion) return null;
  const { lifecycleChange } = joined.event;
  return lifecycleChange === null ? null : { value: lifecycleChange, key: conversationKey(joined) };
}

export function conversationKey(joined: JoinedEvent & { kind: "conversation" }): Version {
  const { revision, orderedAt, eventId } = joined.event;
  const basis = revision ?? orderedAt;
  if (basis === null) throw new Error(`event ${eventId} has neither a revision nor a time to order it by`);
  return { basis, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId };
}

export function isObservedOnly(joined: JoinedEvent): boolean {
  return joined.kind === "conversation" && (joined.event.isAudit || !joined.event.persisted);
}

export function isDeletion(joined: JoinedEvent): boolean {
  return joined.kind === "conversation" && joined.event.isDeletion && !isObservedOnly(joined);
}

export function isReverseSync(joined: JoinedEvent, options: RuleOptions): boolean {
  if (joined.kind !== "conversation" || isObservedOnly(joined) || isDeletion(joined)) return false;
  return options.workItemStream === "present" && joined.event.isSync && joined.event.queueChange !== null;
}

export function isForwardSync(joined: JoinedEvent): boolean {
  return joined.kind === "work-item" && joined.event.isSync && joined.event.queueChange !== null;
}

export function isCompletion(joined: JoinedEvent): boolean {
  if (joined.kind !== "work-item" || joined.event.isSync || joined.event.queueChange === null) return false;
  return joined.event.completed && joined.event.queueChange.target === null;
}

export function compareUpToEventId(left: Version, right: Version): number {
  return (
    left.basis - right.basis ||
    left.kind - right.kind ||
    left.workItemNumber - right.workItemNumber ||
    left.workItemRevision - right.workItemRevision
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The order of intents: keys compared field by field, left to right (decision rule, section 2). */
import type { Target, Version } from "../../schemas/types.js";

/** The largest number an event may carry: one below the version of a deletion. */
export const MAX_NUMBER = 2 ** 53 - 3;
/** The basis of a deletion's version: above every number an event may carry, and the largest that avsc's long takes. */
export const DELETION_BASIS = 2 ** 53 - 2;

export const CONVERSATION_KIND = 0;
export const WORK_ITEM_KIND = 1;

/** The key of an intent, status or deletion of the conversation itself, at its revision (or item time). */
export function conversationVersion(order: number, eventId: string): Version {
  return { basis: order, kind: CONVERSATION_KIND, workItemNumber: 0, workItemRevision: 0, eventId };
}

/** The key of a work-item intent. */
export function workItemVersion(
  basis: number,
  workItemNumber: number,
  workItemRevision: number,
  eventId: string,
): Version {
  return { basis, kind: WORK_ITEM_KIND, workItemNumber, workItemRevision, eventId };
}

/** Negative when `a` is older than `b`, positive when newer, 0 when they are the same key. */
export function compareVersions(a: Version, b: Version): number {
  return comparePlaces(a, b) || compareEventIds(a.eventId, b.eventId);
}

/** As {@link compareVersions} without the event id: 0 for two events of one entity at one revision (a fork). */
export function comparePlaces(a: Version, b: Version): number {
  return (
    a.basis - b.basis ||
    a.kind - b.kind ||
    a.workItemNumber - b.workItemNumber ||
    a.workItemRevision - b.workItemRevision
  );
}

/** By UTF-16 code units: JavaScript's own order of strings. */
export function compareEventIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether `candidate` outranks the version that holds a register; any version outranks none. */
export function outranks(candidate: Version, holder: Version | null): boolean {
  return holder === null || compareVersions(candidate, holder) > 0;
}

export function sameTarget(a: Target | null, b: Target | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.type === b.type;
}

/** The order of versions, by which a conversation's registers only ever move forward (decision rule, section 2). */
import type { Target, Version } from "./types.js";

/** The largest number an event may carry: one below the version of a deletion. */
export const MAX_NUMBER = 2 ** 53 - 3;
/** The basis of a deletion's version: above every number an event may carry, and the largest that avsc's long takes. */
export const DELETION_BASIS = 2 ** 53 - 2;

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

/** Whether two targets are the same holder; `null` is nobody. */
export function sameTarget(a: Target | null, b: Target | null): boolean {
  if (a === null || b === null) return a === b;
  return a.id === b.id && a.type === b.type;
}

const NUMBER_DIGITS = 16;
const FIRST_PLAIN = 0x21;
const LAST_PLAIN = 0x7d;

/**
 * A version as text whose order, byte by byte, is that of {@link compareVersions}: for databases that compare text and not versions.
 * Printable ASCII only, so that it is the same in every encoding; to be compared as bytes (SQLite's BINARY, PostgreSQL's COLLATE "C").
 * No version is the empty string, which is below every other.
 */
export function versionSortKey(version: Version | null): string {
  if (version === null) return "";
  const numbers = [version.basis, version.kind, version.workItemNumber, version.workItemRevision].map((number) =>
    String(number).padStart(NUMBER_DIGITS, "0"),
  );
  return `${numbers.join(".")}.${sortableText(version.eventId)}`;
}

/** Below the plain characters those that begin with a space, above them those that begin with a tilde. */
function sortableText(text: string): string {
  let sortable = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= FIRST_PLAIN && unit <= LAST_PLAIN) sortable += text.charAt(at);
    else sortable += (unit < FIRST_PLAIN ? " " : "~") + unit.toString(16).padStart(4, "0");
  }
  return sortable;
}

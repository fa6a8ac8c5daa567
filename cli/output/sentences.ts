/** Says in words why a decision was what it was (R8): one sentence per reason of the decision rule, section 5. */
import { compareVersions, DELETION_BASIS } from "../../processors/index.js";
import type { AssignmentDecision, Reason, Version } from "../../schemas/index.js";
import { isReason, targetName, versionName } from "./names.js";
import { printable } from "./text.js";

/** What the decisions before this one tell of the moment at which it was made. Without them a sentence says less, nothing wrong. */
export interface Background {
  /** The key that held the assignment before; null when none did, absent when it is not known. */
  readonly holderBefore?: Version | null;
  /** The greatest key that is known to have held the life cycle before. */
  readonly lifecycleHolder?: Version | null;
  /** The latest queue change of the source's record that was seen before. */
  readonly recordedBy?: { readonly eventId: string; readonly revision: number } | null;
  /** The decision that a reverse sync seems to copy: the latest one of a work item with its target. */
  readonly original?: AssignmentDecision | null;
}

type Sentence = (decision: AssignmentDecision, background: Background) => string;

const SENTENCES: Readonly<Record<Reason, Sentence>> = {
  ASSIGNED: (decision, { holderBefore }) =>
    `assigned the conversation to ${targetName(decision.target)}, with the key ${ownKey(decision)}${above(decision, holderBefore)}.`,
  UNASSIGNED: (decision, { holderBefore }) =>
    `took the conversation from whoever held it, with the key ${ownKey(decision)}${above(decision, holderBefore)}.`,
  LIFECYCLE_CHANGED: (decision, { lifecycleHolder }) =>
    isDeletion(decision.version)
      ? "deleted the conversation: its key is above every other."
      : `changed the life cycle, with the key ${ownKey(decision)}${above(decision, lifecycleHolder)}.${alsoNamed(decision)}`,
  CONFIRMED: (decision, { holderBefore, lifecycleHolder }) => {
    const before = decision.holderEventId === decision.eventId ? holderBefore : lifecycleHolder;
    return `said again, from newer knowledge, what already held, with the key ${ownKey(decision)}${above(decision, before)}.${alsoNamed(decision)}`;
  },
  PROMOTED: (decision, { holderBefore }) =>
    `showed that an earlier decision, event ${holderId(decision)}, was made from newer knowledge than had been known: ` +
    `that decision now has the key ${versionName(decision.holderVersion)}${promotedOver(decision, holderBefore)} and holds.` +
    `${decision.version === null ? "" : ` Its own decision, ${targetName(decision.target)} with the key ${ownKey(decision)}, lost to that.`}`,
  NO_QUEUE_CHANGE: (decision) =>
    decision.entity === "AUDIT" && decision.target !== null
      ? `tells of a write of ${targetName(decision.target)} into the source's record, and decided nothing.`
      : "decided nothing.",
  WORK_COMPLETED: () => "removed the queue because the work was completed: nobody decided a target.",
  ECHO_FORWARD: () => "is a forward sync: a copy of a decision made on the conversation.",
  ECHO_IN_SYNC: (decision) =>
    `is a reverse sync: the source's record now agrees with the assignment${decision.holderVersion === null ? "" : `, which is held by ${holder(decision)}`}.`,
  ECHO_OUTDATED: (_decision, { recordedBy }) =>
    `is a reverse sync that the source's record has already moved past${recordedBy == null ? "" : `: event ${printable(recordedBy.eventId)} wrote it at revision ${recordedBy.revision}`}.`,
  STALE_REVERSE_SYNC: (decision, { original }) =>
    `is a reverse sync: it wrote ${targetName(decision.target)} into the source's record, a copy of an old decision${copyOf(original)}. ` +
    (decision.holderVersion === null
      ? "No decision has been seen that put the conversation there."
      : `It lost to ${holder(decision)}: the assignment stays as that decided it.`),
  SUPERSEDED_SAME_TARGET: (decision, background) =>
    `said what a newer decision says too: with its key ${ownKey(decision)} it lost to ${winner(decision, background)}.`,
  FORKED_REVISION: (decision) =>
    `lost with its key ${ownKey(decision)} to ${holder(decision)} at the same revision: of the two, the greater event id counts.`,
  STALE_REVISION: (decision, background) => `lost with its key ${ownKey(decision)} to ${winner(decision, background)}.`,
  STALE_BASIS: (decision) =>
    `was decided from conversation revision ${decision.basis ?? "unknown"}${decision.basisInferred ? " (as far as is known)" : ""} ` +
    `and lost with its key ${ownKey(decision)} to ${holder(decision)}.`,
  DUPLICATE: (decision) => `holds already, with the key ${ownKey(decision)}: it was delivered again.`,
  CONVERSATION_DELETED: (decision) =>
    isDeletion(decision.version)
      ? `deleted a conversation that was deleted: of several deletions the greatest event id counts, that of event ${holderId(decision)}.`
      : `came${decision.version === null ? "" : ` with its key ${ownKey(decision)}`} for a conversation that was deleted, ` +
        `and lost to the deletion, ${holder(decision)}, which is above every other.`,
};

/** @returns one or two sentences, safe to print. */
export function sentenceOf(decision: AssignmentDecision, background: Background = {}): string {
  return isReason(decision.reason)
    ? `${subjectOf(decision)} ${SENTENCES[decision.reason](decision, background)}`
    : `${subjectOf(decision)}: ${printable(decision.reason)}.`;
}

const ENTITY_NAMES = { CONVERSATION: "Conversation", WORK_ITEM: "Work-item", AUDIT: "Audit" } as const;

/** "Work-item event e7 at revision 7 by api". */
export function subjectOf({ entity, revision, eventId, client }: AssignmentDecision): string {
  const at = revision === null ? "" : ` at revision ${revision}`;
  const by = client === null ? "" : ` by ${printable(client)}`;
  return `${ENTITY_NAMES[entity]} event ${printable(eventId)}${at}${by}`;
}

/** "event e9 with the key (58,0,0,0)". */
export function keyedEvent(version: Version): string {
  return `event ${printable(version.eventId)} with the key ${versionName(version)}`;
}

function isDeletion(version: Version | null): boolean {
  return version?.basis === DELETION_BASIS;
}

function ownKey({ version }: AssignmentDecision): string {
  return version === null ? "unknown" : versionName(version);
}

function holder({ holderVersion }: AssignmentDecision): string {
  return holderVersion === null ? "an event that is not known" : keyedEvent(holderVersion);
}

function holderId({ holderEventId }: AssignmentDecision): string {
  return holderEventId === null ? "unknown" : printable(holderEventId);
}

/** Whom a decision that took a register has overtaken. */
function above({ eventId, version }: AssignmentDecision, before: Version | null | undefined): string {
  if (before == null || before.eventId === eventId || !isBelow(before, version)) return "";
  return `, above ${keyedEvent(before)}, which held before`;
}

function promotedOver(
  { holderEventId, holderVersion }: AssignmentDecision,
  before: Version | null | undefined,
): string {
  if (before == null || !isBelow(before, holderVersion)) return "";
  if (before.eventId === holderEventId) return ` instead of ${versionName(before)}`;
  return `, above ${keyedEvent(before)}, which held before,`;
}

/** An event may change its register and name a target besides, as an echo or as an intent that lost. */
function alsoNamed(decision: AssignmentDecision): string {
  const { target, holderEventId, eventId, holderVersion } = decision;
  if (target === null || holderVersion === null || holderEventId === eventId) return "";
  return ` It names ${targetName(target)} as well; the assignment stays with ${holder(decision)}.`;
}

function copyOf(original: AssignmentDecision | null | undefined): string {
  if (original == null || original.version === null) return "";
  return `, as it seems that of ${keyedEvent(original.version)}`;
}

/**
 * What a decision below a register lost to. The decision names the holder of the assignment; a status loses to that of the life cycle.
 * Which it was shows in the target and in the keys: only a key above one's own can have won. Where both fit, both are named.
 */
function winner(decision: AssignmentDecision, { lifecycleHolder = null }: Background): string {
  const { entity, target, isSync, version, holderVersion } = decision;
  const isIntent = entity === "WORK_ITEM" || (target !== null && !isSync);
  const assignment = isBelow(version, holderVersion) ? holderVersion : null;
  const lifecycle = isBelow(version, lifecycleHolder) ? lifecycleHolder : null;
  if (assignment !== null && (isIntent || lifecycle === null)) return keyedEvent(assignment);
  if (lifecycle === null) return "the event that holds the life cycle";
  if (assignment === null || assignment.eventId === lifecycle.eventId)
    return `${keyedEvent(lifecycle)} (the life cycle)`;
  return `${keyedEvent(assignment)} (the assignment) or, if it was a status, to ${keyedEvent(lifecycle)} (the life cycle)`;
}

function isBelow(a: Version | null, b: Version | null): boolean {
  return a !== null && b !== null && compareVersions(a, b) < 0;
}

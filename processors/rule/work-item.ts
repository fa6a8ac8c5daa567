/** What is kept of a work item so that the basis of its intents can be inherited (decision rule, section 2 and R6). */
import type { BasisEvidence, UnbasedIntent, Version, WorkItemState } from "../../schemas/types.js";
import { compareEventIds, workItemVersion } from "./version.js";

/**
 * How many pieces of evidence ahead of the assignment are kept per work item. Only an intent without a basis that
 * arrives after that many later, basis-carrying events of its work item is affected: it then inherits less than it
 * could, so it may lose where it should win, and never wins where it should lose.
 */
export const MAX_EVIDENCE_PER_WORK_ITEM = 256;
/** How many work items are kept per conversation; past it the one with the lowest number is forgotten, as above. */
export const MAX_WORK_ITEMS = 1_024;

export function newWorkItem(workItemNumber: number): WorkItemState {
  return { workItemNumber, resourceRevision: 0, intent: null, basisBelow: 0, evidence: [] };
}

/** The basis that an intent at `revision` inherits from what is known of its work item. */
export function inheritedBasis(item: WorkItemState, revision: number): number {
  // Below the newest intent only the largest basis is kept, not at which revision it stood: an older intent, which
  // loses to the newest in any case, is given the part that is certain.
  const below = item.intent === null || revision >= item.intent.revision ? item.basisBelow : 0;
  return Math.max(item.resourceRevision, below, largestBasisBefore(item.evidence, revision));
}

/** The key of the newest intent without a basis of its own, as far as the evidence goes; null when there is none. */
export function inheritedVersion(item: WorkItemState): Version | null {
  const { intent } = item;
  if (intent === null) return null;
  return workItemVersion(inheritedBasis(item, intent.revision), item.workItemNumber, intent.revision, intent.eventId);
}

/** Takes note of the conversation revision at which the work item was created. */
export function withResourceRevision(item: WorkItemState, resourceRevision: number | null): WorkItemState {
  if (resourceRevision === null || resourceRevision <= item.resourceRevision) return item;
  return { ...item, resourceRevision };
}

/** Takes note of an explicit basis at a revision of the work item. */
export function withEvidence(item: WorkItemState, revision: number, basis: number): WorkItemState {
  if (item.intent !== null && revision < item.intent.revision) {
    return basis <= item.basisBelow ? item : { ...item, basisBelow: basis };
  }
  if (basis <= Math.max(item.resourceRevision, item.basisBelow)) return item;
  const evidence = insertEvidence(item.evidence, { revision, basis });
  return evidence === item.evidence ? item : { ...item, evidence };
}

/** Takes note of an intent without a basis. Only the newest is kept: an older one can never outrank it. */
export function withUnbasedIntent(item: WorkItemState, intent: UnbasedIntent): WorkItemState {
  if (item.intent !== null && compareIntents(intent, item.intent) <= 0) return item;
  return {
    ...item,
    intent,
    basisBelow: Math.max(item.basisBelow, largestBasisBefore(item.evidence, intent.revision)),
    evidence: item.evidence.filter(({ revision }) => revision >= intent.revision),
  };
}

/** Whether there is evidence below the basis of the assignment: an intent that inherits it loses with or without it. */
export function isOutrun(item: WorkItemState, assignmentBasis: number): boolean {
  const first = item.evidence[0];
  return first !== undefined && first.basis < assignmentBasis;
}

/** Drops that evidence. */
export function pruned(item: WorkItemState, assignmentBasis: number): WorkItemState {
  if (!isOutrun(item, assignmentBasis)) return item;
  return { ...item, evidence: item.evidence.filter(({ basis }) => basis >= assignmentBasis) };
}

function compareIntents(a: UnbasedIntent, b: UnbasedIntent): number {
  return a.revision - b.revision || compareEventIds(a.eventId, b.eventId);
}

/** Evidence rises in both fields, so the last one before `revision` has the largest basis. */
function largestBasisBefore(evidence: readonly BasisEvidence[], revision: number): number {
  return evidence.findLast((known) => known.revision < revision)?.basis ?? 0;
}

/** Keeps both fields rising: evidence that says no more than an earlier one is left out. */
function insertEvidence(evidence: readonly BasisEvidence[], added: BasisEvidence): readonly BasisEvidence[] {
  const said = evidence.some(({ revision, basis }) => revision <= added.revision && basis >= added.basis);
  if (said) return evidence;
  const before = evidence.filter(({ revision, basis }) => revision < added.revision && basis < added.basis);
  const after = evidence.filter(({ revision, basis }) => revision > added.revision && basis > added.basis);
  return [...before, added, ...after].slice(-MAX_EVIDENCE_PER_WORK_ITEM);
}

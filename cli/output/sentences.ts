/** Says in words why a decision was what it was: one sentence per reason of the decision rule, section 5. */
import type { AssignmentDecision, Reason } from "../../schemas/index.js";
import { isReason, targetName, versionName } from "./names.js";
import { printable } from "./text.js";

type Sentence = (decision: AssignmentDecision) => string;

const SENTENCES: Readonly<Record<Reason, Sentence>> = {
  ASSIGNED: (decision) =>
    `${subject(decision)} assigned the conversation to ${targetName(decision.target)}${keyOf(decision)}.`,
  UNASSIGNED: (decision) => `${subject(decision)} took the conversation from whoever held it${keyOf(decision)}.`,
  LIFECYCLE_CHANGED: (decision) => `${subject(decision)} changed the life cycle.`,
  CONFIRMED: (decision) => `${subject(decision)} said again, from newer knowledge, what already held.`,
  PROMOTED: (decision) =>
    `${subject(decision)} showed that an earlier decision, event ${holder(decision)}, was made from newer knowledge than had been known: ` +
    `that decision now has the key ${versionName(decision.holderVersion)} and holds.`,
  NO_QUEUE_CHANGE: (decision) => `${subject(decision)} decided nothing.`,
  WORK_COMPLETED: (decision) =>
    `${subject(decision)} removed the queue because the work was completed: nobody decided a target.`,
  ECHO_FORWARD: (decision) => `${subject(decision)} is a forward sync: a copy of a decision made on the conversation.`,
  ECHO_IN_SYNC: (decision) =>
    `${subject(decision)} is a reverse sync: the source's record now agrees with the assignment.`,
  ECHO_OUTDATED: (decision) =>
    `${subject(decision)} is a reverse sync that the source's record has already moved past.`,
  STALE_REVERSE_SYNC: (decision) =>
    `${subject(decision)} is a reverse sync: it wrote ${targetName(decision.target)} into the source's record, a copy of an old decision. ` +
    `The assignment stays as event ${holder(decision)} decided it, with the key ${versionName(decision.holderVersion)}.`,
  SUPERSEDED_SAME_TARGET: (decision) =>
    `${subject(decision)} said what a newer decision, event ${holder(decision)}, says too.`,
  FORKED_REVISION: (decision) =>
    `${subject(decision)} lost to event ${holder(decision)} at the same revision: of the two, the greater event id counts.`,
  STALE_REVISION: (decision) => `${subject(decision)} lost${against(decision)}.`,
  STALE_BASIS: (decision) =>
    `${subject(decision)} was decided from conversation revision ${decision.basis ?? "unknown"}` +
    `${decision.basisInferred ? " (as far as is known)" : ""} and lost${against(decision)}.`,
  DUPLICATE: (decision) => `${subject(decision)} is what already holds, delivered again.`,
  CONVERSATION_DELETED: (decision) => `${subject(decision)} came for a conversation that was deleted.`,
};

/** @returns one or two sentences, safe to print. */
export function sentenceOf(decision: AssignmentDecision): string {
  return isReason(decision.reason)
    ? SENTENCES[decision.reason](decision)
    : `${subject(decision)}: ${printable(decision.reason)}.`;
}

const ENTITY_NAMES = { CONVERSATION: "Conversation", WORK_ITEM: "Work-item", AUDIT: "Audit" } as const;

function subject({ entity, revision, eventId, client }: AssignmentDecision): string {
  const at = revision === null ? "" : ` at revision ${revision}`;
  const by = client === null ? "" : ` by ${printable(client)}`;
  return `${ENTITY_NAMES[entity]} event ${printable(eventId)}${at}${by}`;
}

function holder({ holderEventId }: AssignmentDecision): string {
  return holderEventId === null ? "unknown" : printable(holderEventId);
}

function keyOf({ version }: AssignmentDecision): string {
  return version === null ? "" : `, with the key ${versionName(version)}`;
}

function against(decision: AssignmentDecision): string {
  const own = decision.version === null ? "" : ` with its key ${versionName(decision.version)}`;
  return `${own} to event ${holder(decision)} with the key ${versionName(decision.holderVersion)}`;
}

/** The reasons of the decision rule, section 5: their classes, and which one is said where several fit. */
import { type DecisionClass, REASONS, type Reason } from "../../schemas/types.js";

/** The class of each reason; `null` where it depends on whether a record was emitted. */
const CLASSES: Readonly<Record<Reason, DecisionClass | null>> = {
  ASSIGNED: "emitted",
  UNASSIGNED: "emitted",
  LIFECYCLE_CHANGED: "emitted",
  CONFIRMED: "kept",
  PROMOTED: null,
  NO_QUEUE_CHANGE: "kept",
  WORK_COMPLETED: "kept",
  ECHO_FORWARD: "echo",
  ECHO_IN_SYNC: "echo",
  ECHO_OUTDATED: "echo",
  STALE_REVERSE_SYNC: "stale",
  SUPERSEDED_SAME_TARGET: "kept",
  FORKED_REVISION: "stale",
  STALE_REVISION: "stale",
  STALE_BASIS: "stale",
  DUPLICATE: "duplicate",
  CONVERSATION_DELETED: "stale",
};

/** The classes that decisions with this reason may have. */
export function classesOf(reason: Reason): readonly DecisionClass[] {
  return [...new Set([classOf(reason, true), classOf(reason, false)])];
}

/** The class of a reason, given whether its decision emitted a record. */
export function classOf(reason: Reason, emitted: boolean): DecisionClass {
  return CLASSES[reason] ?? (emitted ? "emitted" : "kept");
}

const RANK = Object.fromEntries(REASONS.map((reason, index) => [reason, index])) as Readonly<Record<Reason, number>>;

/** The reason that stands higher in the table. */
export function higherReason(a: Reason | null, b: Reason | null): Reason | null {
  if (a === null) return b;
  if (b === null) return a;
  return RANK[a] <= RANK[b] ? a : b;
}

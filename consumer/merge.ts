/** The version guard's rule: how a record of the sync topic and what is held of its conversation become one (contracts, "QueueAssignment"). */
import type { Lifecycle, QueueAssignment, Target, Version } from "../schemas/types.js";
import { compareVersions, sameTarget } from "../schemas/version.js";

/**
 * What is known of a conversation: two registers, each with its own version. Keep all four fields; the versions are what makes
 * records that come late, twice or from a replay harmless.
 */
export interface ConversationState {
  /** Who holds it. Null with a version is nobody; null without a version is unknown. */
  readonly assignment: Target | null;
  /** Null: never heard of. Below every version. */
  readonly assignmentVersion: Version | null;
  /** OPEN without a version: nothing else was ever heard. */
  readonly lifecycle: Lifecycle;
  readonly lifecycleVersion: Version | null;
}

/** Before any record: unknown, open, no versions. */
export const UNKNOWN_CONVERSATION: ConversationState = {
  assignment: null,
  assignmentVersion: null,
  lifecycle: "OPEN",
  lifecycleVersion: null,
};

/** `applied`: the record's version is newer and its value is taken. `older`, `same`: the register stays as it was. */
export type RegisterOutcome = "applied" | "older" | "same";

export interface Merged {
  /** Both registers after the record; the same object as was held when neither moved. */
  readonly state: ConversationState;
  readonly assignment: RegisterOutcome;
  readonly lifecycle: RegisterOutcome;
  /**
   * What differs by value, and so calls for an effect: a version may advance while the value stays. Unknown counts as a value of its
   * own: from unknown to nobody is a change.
   */
  readonly changed: { readonly assignment: boolean; readonly lifecycle: boolean };
  /**
   * The record has the same version as what is held, and another value. One event was decided in two ways: the record was written by
   * another version of the rule or of a parser. What is held stays.
   */
  readonly contradicts: boolean;
}

/**
 * Merges a record into what is held, each register by its own version. Applied to any set of records, in any order and with any
 * repetition, it ends in the same state: the greatest version of each register.
 * @param held null for a conversation of which nothing is held
 */
export function mergeAssignment(held: ConversationState | null, record: ConversationState): Merged {
  const before = held ?? UNKNOWN_CONVERSATION;
  const assignment = outcome(before.assignmentVersion, record.assignmentVersion);
  const lifecycle = outcome(before.lifecycleVersion, record.lifecycleVersion);
  const state = merged(before, record, assignment, lifecycle);
  return {
    state,
    assignment,
    lifecycle,
    changed: {
      assignment:
        (before.assignmentVersion === null) !== (state.assignmentVersion === null) ||
        !sameTarget(before.assignment, state.assignment),
      lifecycle: before.lifecycle !== state.lifecycle,
    },
    contradicts:
      (assignment === "same" && !sameTarget(before.assignment, record.assignment)) ||
      (lifecycle === "same" && before.lifecycle !== record.lifecycle),
  };
}

/** The registers of a record, without what else it says. */
export function stateOf(record: QueueAssignment): ConversationState {
  const { assignment, assignmentVersion, lifecycle, lifecycleVersion } = record;
  return { assignment, assignmentVersion, lifecycle, lifecycleVersion };
}

function outcome(held: Version | null, given: Version | null): RegisterOutcome {
  if (given === null) return held === null ? "same" : "older";
  if (held === null) return "applied";
  const order = compareVersions(given, held);
  if (order > 0) return "applied";
  return order < 0 ? "older" : "same";
}

function merged(
  before: ConversationState,
  record: ConversationState,
  assignment: RegisterOutcome,
  lifecycle: RegisterOutcome,
): ConversationState {
  if (assignment !== "applied" && lifecycle !== "applied") return before;
  const holder = assignment === "applied" ? record : before;
  const life = lifecycle === "applied" ? record : before;
  return {
    assignment: holder.assignment,
    assignmentVersion: holder.assignmentVersion,
    lifecycle: life.lifecycle,
    lifecycleVersion: life.lifecycleVersion,
  };
}

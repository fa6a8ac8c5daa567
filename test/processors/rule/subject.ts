/** The implementation under test, driven over arrivals and compared step by step with the oracle. */
import { expect } from "vitest";
import {
  type Decided,
  type DecisionContext,
  decideConversation,
  decideWorkItem,
  emptyRow,
  isDiverged,
} from "../../../processors/rule/index.js";
import type { AssignmentRow, DecisionClass, QueueAssignment, Reason } from "../../../schemas/types.js";
import {
  changes,
  compareVersions,
  distinct,
  type Evaluation,
  evaluate,
  expectedReason,
  intentOf,
  type JoinedEvent,
  type RuleOptions,
} from "../../oracle/oracle.js";

/** One arrival: the row it found, and what was decided. */
export interface Step {
  readonly joined: JoinedEvent;
  readonly before: AssignmentRow;
  readonly decided: Decided;
}

/** The class of each reason (section 5); the class of `PROMOTED` depends on whether the value changed. */
const CLASS_OF: Readonly<Record<Exclude<Reason, "PROMOTED">, DecisionClass>> = {
  ASSIGNED: "emitted",
  UNASSIGNED: "emitted",
  LIFECYCLE_CHANGED: "emitted",
  CONFIRMED: "kept",
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

export function decisionClassOf(reason: Reason, emitted: boolean): DecisionClass {
  return reason === "PROMOTED" ? (emitted ? "emitted" : "kept") : CLASS_OF[reason];
}

export function decide(row: AssignmentRow | undefined, joined: JoinedEvent, context: DecisionContext): Decided {
  if (joined.kind === "conversation") return decideConversation(row, joined.event, context);
  return decideWorkItem(row, joined.event, context);
}

/** Decides every arrival in turn; each row passes `through` (a codec, a freezer) before the next one. */
export function runSteps(
  arrivals: readonly JoinedEvent[],
  options: RuleOptions,
  through: (row: AssignmentRow) => AssignmentRow = (row) => row,
): readonly Step[] {
  const steps: Step[] = [];
  let before = through(emptyRow());
  for (const [index, joined] of arrivals.entries()) {
    const decided = decide(before, joined, {
      ...options,
      timestamp: timestampOf(index),
    });
    steps.push({ joined, before, decided });
    before = through(decided.row);
  }
  return steps;
}

/** The time of the input record of an arrival: nothing to do with when its event happened. */
export function timestampOf(index: number): number {
  return 1_000 + index;
}

/** What was emitted, in order. */
export function emissionsOf(steps: readonly Step[]): readonly QueueAssignment[] {
  return steps.flatMap(({ decided }) => decided.assignment ?? []);
}

/** The part of a row that the rule defines, in the oracle's shape. */
export function resultOf(row: AssignmentRow): Evaluation {
  const { assignment, assignmentVersion, lifecycle, lifecycleVersion, record } = row;
  return plain({
    assignment,
    assignmentVersion,
    lifecycle,
    lifecycleVersion,
    record,
    diverged: isDiverged(row),
  });
}

/** Without the prototypes that the codec's values have. */
export function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** Freezes a value and all within it, so that a mutation throws. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/** Expects everything the document says of one arrival: the decision, the emission's presence, and the new state. */
export function expectStep(
  { joined, before, decided }: Step,
  seen: readonly JoinedEvent[],
  options: RuleOptions,
): void {
  const resultBefore = evaluate(seen, options);
  const set = distinct([...seen, joined]);
  const result = evaluate(set, options);
  const emits = changes(resultBefore, result);
  const reason = expectedReason(seen, joined, options);
  const { decision } = decided;
  expect(resultOf(decided.row)).toEqual(result);
  expect({
    reason: decision.reason,
    decisionClass: decision.decisionClass,
    holderEventId: decision.holderEventId,
    holderVersion: decision.holderVersion === null ? null : plain(decision.holderVersion),
    emittedSequence: decision.emittedSequence,
    diverged: decision.diverged,
    divergedBefore: decided.divergedBefore,
    sequence: decided.row.sequence,
  }).toEqual({
    reason,
    decisionClass: decisionClassOf(reason, emits),
    holderEventId: result.assignmentVersion?.eventId ?? null,
    holderVersion: result.assignmentVersion,
    emittedSequence: emits ? before.sequence + 1 : null,
    diverged: result.diverged,
    divergedBefore: resultBefore.diverged,
    sequence: before.sequence + (emits ? 1 : 0),
  });
  expectOwnKey({ joined, before, decided }, set, resultBefore, options);
}

/**
 * Expects an intent's own key, basis and target in its decision (before a deletion, after which there are none). The
 * inherited basis of an intent that loses may be told too low: a row keeps only the evidence that can still matter (R6).
 */
function expectOwnKey(
  { joined, decided }: Step,
  set: readonly JoinedEvent[],
  before: Evaluation,
  options: RuleOptions,
): void {
  const intent = intentOf(joined, set, options);
  if (intent === null || before.lifecycle === "DELETED") return;
  const { target, version, basis, basisInferred } = decided.decision;
  const inherits = joined.kind === "work-item" && joined.event.basis === null;
  const loses = decided.decision.holderEventId !== joined.event.eventId;
  const told = inherits && loses ? (version?.basis ?? -1) : intent.key.basis;
  expect(told).toBeGreaterThanOrEqual(0);
  expect(told).toBeLessThanOrEqual(intent.key.basis);
  expect({ target, version, basisInferred }).toEqual({
    target: intent.value,
    version: { ...intent.key, basis: told },
    basisInferred: inherits,
  });
  if (joined.kind === "work-item") expect(basis).toBe(told);
}

/**
 * Expects a fork of the holder's revision to be counted, whichever wins, and nothing else to be called a fork: there is
 * another event of the same entity and revision.
 */
export function expectFork({ joined, decided }: Step, seen: readonly JoinedEvent[], options: RuleOptions): void {
  const before = evaluate(seen, options);
  const held = before.assignmentVersion;
  const intent = intentOf(joined, distinct([...seen, joined]), options);
  // A holder that comes again is a duplicate: its fork was counted when it came first.
  const isDuplicate = decided.decision.reason === "DUPLICATE";
  const mayFork = !isDuplicate && before.lifecycle !== "DELETED" && joined.event.revision !== null;
  if (mayFork && held !== null && intent !== null && held.eventId !== joined.event.eventId) {
    const forks = compareVersions({ ...held, eventId: "" }, { ...intent.key, eventId: "" }) === 0;
    if (forks) expect(decided.forked, "a fork is counted").toBe(true);
  }
  if (!decided.forked) return;
  const imagined = !seen.some((other) => isOtherOfSameRevision(joined, other));
  expect(imagined, "a fork is imagined").toBe(false);
}

function isOtherOfSameRevision(joined: JoinedEvent, other: JoinedEvent): boolean {
  if (joined.event.eventId === other.event.eventId || joined.event.revision !== other.event.revision) return false;
  if (joined.kind === "conversation" || other.kind === "conversation") return joined.kind === other.kind;
  return joined.event.workItemNumber === other.event.workItemNumber;
}

/** The rule, computed again by its definition from the records as they are stored, in the order in which they were decided. */
import { isDeepStrictEqual } from "node:util";
import type { AssignmentDecision, Reason } from "../../../schemas/types.js";
import {
  changes,
  type Evaluation,
  type ExpectedEmission,
  evaluate,
  expectedReason,
  type JoinedEvent,
  type RuleOptions,
} from "../../oracle/oracle.js";
import { inputOf } from "./decisions.js";
import { type JoinedRecord, keyOf, nameOf, type OutputRecord } from "./partition.js";
import type { Findings } from "./violations.js";

/** A queue assignment that must have been emitted; `emittedAt` is its input's timestamp. */
export type ExpectedAssignment = ExpectedEmission & { readonly emittedAt: number };

/** A conversation, as far as its decisions go. */
export interface Recomputed {
  readonly result: Evaluation;
  readonly emitted: readonly ExpectedAssignment[];
  /** All of its records. */
  readonly records: readonly JoinedRecord[];
}

interface Conversation {
  readonly arrivals: JoinedEvent[];
  readonly emitted: ExpectedAssignment[];
  readonly records: JoinedRecord[];
  result: Evaluation;
}

const CLASSES: Readonly<Record<string, AssignmentDecision["decisionClass"]>> = {
  CONFIRMED: "kept",
  PROMOTED: "kept",
  NO_QUEUE_CHANGE: "kept",
  WORK_COMPLETED: "kept",
  SUPERSEDED_SAME_TARGET: "kept",
  ECHO_FORWARD: "echo",
  ECHO_IN_SYNC: "echo",
  ECHO_OUTDATED: "echo",
  STALE_REVERSE_SYNC: "stale",
  FORKED_REVISION: "stale",
  STALE_REVISION: "stale",
  STALE_BASIS: "stale",
  CONVERSATION_DELETED: "stale",
  DUPLICATE: "duplicate",
};

/**
 * Follows the decisions of a partition, which stand in the order in which they were made, and compares each (I2).
 * @returns by key, what all of them come to
 */
export function recompute(
  findings: Findings,
  joined: ReadonlyMap<string, JoinedRecord>,
  decisions: readonly OutputRecord<AssignmentDecision>[],
  options: RuleOptions,
): ReadonlyMap<string, Recomputed> {
  const conversations = new Map<string, Conversation>();
  for (const decision of decisions) {
    const record = joined.get(inputOf(decision));
    // That is I8.
    if (record === undefined || record.joined === null) continue;
    const key = keyOf(record.joined);
    const conversation = conversations.get(key) ?? newConversation(options);
    conversations.set(key, conversation);
    conversation.records.push(record);
    const expected = decide(conversation, record.joined, record.timestamp, options);
    const { reason, decisionClass, holderEventId, holderVersion, emittedSequence, diverged } = decision.value;
    const found = { reason, decisionClass, holderEventId, holderVersion, emittedSequence, diverged };
    if (isDeepStrictEqual(found, expected)) continue;
    const where = `${nameOf(decision.place)} (${key}, event ${decision.value.eventId})`;
    findings.violation({ invariant: "I2", where, what: "the rule decides otherwise", expected, found });
  }
  return conversations;
}

function newConversation(options: RuleOptions): Conversation {
  return { arrivals: [], emitted: [], records: [], result: evaluate([], options) };
}

/** Adds an arrival. @returns what its decision must say */
function decide(conversation: Conversation, joined: JoinedEvent, timestamp: number, options: RuleOptions) {
  const { arrivals, emitted } = conversation;
  const reason = expectedReason(arrivals, joined, options);
  const before = conversation.result;
  arrivals.push(joined);
  const after = evaluate(arrivals, options);
  conversation.result = after;
  const emits = changes(before, after);
  if (emits) emitted.push(emissionOf(conversation, joined, reason, timestamp));
  return {
    reason,
    decisionClass: emits ? "emitted" : CLASSES[reason],
    holderEventId: after.assignmentVersion?.eventId ?? null,
    holderVersion: after.assignmentVersion,
    emittedSequence: emits ? emitted.length : null,
    diverged: after.diverged,
  };
}

function emissionOf(
  { arrivals, emitted, result }: Conversation,
  joined: JoinedEvent,
  reason: Reason,
  emittedAt: number,
): ExpectedAssignment {
  const { assignment, assignmentVersion, lifecycle, lifecycleVersion } = result;
  // A promotion is caused by the event that decided, not by the one that was evidence for it.
  const cause = reason === "PROMOTED" ? assignmentVersion?.eventId : joined.event.eventId;
  const { event } = arrivals.find((arrival) => arrival.event.eventId === cause) ?? joined;
  return {
    sequence: emitted.length + 1,
    assignment,
    previousAssignment: emitted.at(-1)?.assignment ?? null,
    lifecycle,
    assignmentVersion,
    lifecycleVersion,
    causeEventId: event.eventId,
    reason,
    decidedAt: event.occurredAt,
    emittedAt,
  };
}

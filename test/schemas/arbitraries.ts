/** Arbitrary values of every contract: anything the schema allows, whether or not the product would write it. */
import fc from "fast-check";
import type { ContractName, ContractTypes, Target, Version } from "../../schemas/index.js";

/** The numbers that avsc reads exactly. */
export const MAX_LONG = 2 ** 53 - 2;
export const MIN_LONG = -(2 ** 52);

const nullable = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: null });
/** Any text but half a surrogate pair, which UTF-8 cannot hold; some longer than what fits one byte of length. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 20, maxLength: 200 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme-ascii", minLength: 60, maxLength: 70 }) },
);
const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const long = fc.oneof(
  fc.integer({ min: MIN_LONG, max: MAX_LONG }),
  fc.integer({ min: -200, max: 20_000 }),
  // Where an encoding grows by a byte, or its arithmetic changes.
  fc.constantFrom(MAX_LONG, MAX_LONG - 1, MIN_LONG, MIN_LONG + 1),
  fc.constantFrom(
    ...[6, 7, 13, 14, 27, 28, 30, 31, 32, 52].flatMap((bits) => [2 ** bits - 1, 2 ** bits, -(2 ** bits)]),
  ),
);
const flag = fc.boolean();

const target: fc.Arbitrary<Target> = fc.record({ type: fc.constantFrom("QUEUE", "USER"), id: text });
const version: fc.Arbitrary<Version> = fc.record({
  basis: long,
  kind: int,
  workItemNumber: long,
  workItemRevision: long,
  eventId: text,
});
const lifecycle = fc.constantFrom("OPEN", "SNOOZED", "CLOSED", "DELETED");
const queueChange = fc.record({ target: nullable(target) });
const identity = { source: text, tenant: text, conversationId: text };

const workItemState = fc.record({
  workItemNumber: long,
  resourceRevision: long,
  intent: nullable(fc.record({ revision: long, target: nullable(target), eventId: text, decidedAt: long })),
  basisBelow: long,
  evidence: fc.array(fc.record({ revision: long, basis: long }), { maxLength: 5 }),
});

export const arbitraries: { readonly [Name in ContractName]: fc.Arbitrary<ContractTypes[Name]> } = {
  ConversationEvent: fc.record({
    ...identity,
    eventId: text,
    revision: nullable(long),
    orderedAt: nullable(long),
    queueChange: nullable(queueChange),
    lifecycleChange: nullable(lifecycle),
    isSync: flag,
    isDeletion: flag,
    persisted: flag,
    isAudit: flag,
    client: nullable(text),
    occurredAt: long,
    traceId: nullable(text),
    snapshotTarget: nullable(target),
    preconditionRevision: nullable(long),
  }),
  WorkItemEvent: fc.record({
    ...identity,
    eventId: text,
    workItemId: text,
    workItemNumber: long,
    revision: long,
    basis: nullable(long),
    resourceRevision: nullable(long),
    queueChange: nullable(queueChange),
    completed: flag,
    isSync: flag,
    client: nullable(text),
    occurredAt: long,
    traceId: nullable(text),
  }),
  QueueAssignment: fc.record({
    ...identity,
    sequence: long,
    assignment: nullable(target),
    previousAssignment: nullable(target),
    lifecycle,
    assignmentVersion: nullable(version),
    lifecycleVersion: nullable(version),
    causeEventId: text,
    reason: text,
    decidedAt: long,
    emittedAt: long,
  }),
  AssignmentDecision: fc.record({
    ...identity,
    eventId: text,
    entity: fc.constantFrom("CONVERSATION", "WORK_ITEM", "AUDIT"),
    entityId: text,
    revision: nullable(long),
    basis: nullable(long),
    basisInferred: flag,
    target: nullable(target),
    version: nullable(version),
    isSync: flag,
    client: nullable(text),
    reason: text,
    decisionClass: fc.constantFrom("emitted", "kept", "echo", "stale", "duplicate"),
    holderEventId: nullable(text),
    holderVersion: nullable(version),
    emittedSequence: nullable(long),
    diverged: flag,
    occurredAt: long,
    traceId: nullable(text),
    ruleVersion: int,
    inputTopic: text,
    inputPartition: int,
    inputOffset: long,
    rawPosition: nullable(text),
  }),
  AssignmentRow: fc.record({
    sequence: long,
    assignment: nullable(target),
    assignmentVersion: nullable(version),
    lifecycle,
    lifecycleVersion: nullable(version),
    record: nullable(fc.record({ target: nullable(target), revision: long, eventId: text })),
    workItems: fc.array(workItemState, { maxLength: 5 }),
    lastEmission: nullable(
      fc.record({
        reason: text,
        causeEventId: text,
        previousAssignment: nullable(target),
        decidedAt: long,
        emittedAt: long,
      }),
    ),
    firstInput: nullable(
      fc.record({ conversationOffset: nullable(long), workItemOffset: nullable(long), rawOffset: nullable(long) }),
    ),
  }),
  Positions: fc.record({
    checkpoint: long,
    positions: fc.array(fc.record({ topic: text, partition: int, offset: long }), { maxLength: 5 }),
    counters: fc.array(fc.record({ name: text, count: long }), { maxLength: 5 }),
  }),
};

/** Random single events of one conversation, as steps of a history: small ranges, so that revisions collide. */
import fc from "fast-check";
import type { ConversationEvent, Lifecycle, QueueChange, WorkItemEvent } from "../../schemas/types.js";
import { TO_NOBODY, TO_Q1, TO_Q2, TO_Q3 } from "./build.js";

/** An event without its id, or the repetition of an event that has arrived. */
export type Step =
  | {
      readonly kind: "conversation";
      readonly letter: string;
      readonly fields: Partial<ConversationEvent>;
    }
  | {
      readonly kind: "work-item";
      readonly letter: string;
      readonly fields: Partial<WorkItemEvent> & Pick<WorkItemEvent, "revision">;
    }
  | { readonly kind: "repetition"; readonly pick: number };

/** The greatest number that an event may carry. */
const GREATEST = 2 ** 53 - 3;
const MAX_PICK = 99;

/** The second and third order differently by UTF-16 code units (the rule) and by code points. */
const letter = fc.constantFrom("m", "\u{1F600}", "\uFF5E", "a");
const occurredAt = fc.nat(99);
const snapshotTarget = fc.constantFrom(null, TO_Q1.target, TO_Q2.target);
const queueChange = fc.constantFrom<QueueChange[]>(TO_Q1, TO_Q2, TO_Q3, TO_NOBODY);
const userChange = fc.constantFrom<QueueChange[]>(
  { target: { type: "USER", id: "U1" } },
  { target: { type: "USER", id: "U2" } },
  { target: { type: "QUEUE", id: "U1" } },
  TO_NOBODY,
);
const status = fc.constantFrom<Lifecycle[]>("OPEN", "SNOOZED", "CLOSED");
const repetition = fc.record({
  kind: fc.constant("repetition" as const),
  pick: fc.nat(MAX_PICK),
});

/** Steps of a source with revisions and two streams; revisions and bases from 0 to `highest`. */
export function kustomerSteps(highest: number): fc.Arbitrary<Step> {
  const revision = revisions(highest);
  const change = fc.record({
    revision,
    orderedAt: usually(revision, 8),
    queueChange: sometimes(queueChange, 3),
    lifecycleChange: usually(status, 2),
    isSync: onceIn(3),
    persisted: onceIn(10).map((lost) => !lost),
    occurredAt,
    snapshotTarget,
  });
  const deletion = fc.record({
    revision: sometimes(revision, 1),
    lifecycleChange: fc.constantFrom<(Lifecycle | null)[]>(null, "DELETED"),
    queueChange: sometimes(fc.constant(TO_NOBODY), 1),
    isDeletion: fc.constant(true),
    isSync: onceIn(4),
    persisted: onceIn(4).map((lost) => !lost),
    occurredAt,
  });
  const audit = fc.record({
    isAudit: fc.constant(true),
    preconditionRevision: revision,
    queueChange: sometimes(queueChange, 1),
    lifecycleChange: sometimes(status, 1),
    isSync: fc.boolean(),
    occurredAt,
    snapshotTarget,
  });
  const workItemChange = fc.record({
    workItemNumber: fc.constantFrom(1, 2, 0),
    revision,
    basis: sometimes(revision, 1),
    resourceRevision: usually(revision, 3),
    queueChange: sometimes(queueChange, 3),
    completed: onceIn(3),
    isSync: onceIn(4),
    occurredAt,
  });
  return fc.oneof(
    { weight: 200, arbitrary: conversationStep(change) },
    { weight: 240, arbitrary: workItemStep(workItemChange) },
    { weight: 6, arbitrary: conversationStep(deletion) },
    { weight: 20, arbitrary: conversationStep(audit) },
    { weight: 70, arbitrary: repetition },
  );
}

/** Steps of a source without revisions and with one stream; times from 0 to `highest`. */
export function belcoSteps(highest: number): fc.Arbitrary<Step> {
  const item = {
    orderedAt: revisions(highest),
    queueChange: sometimes(userChange, 1),
    lifecycleChange: sometimes(status, 1),
    occurredAt,
  };
  return fc.oneof(
    { weight: 60, arbitrary: conversationStep(fc.record(item)) },
    {
      weight: 1,
      arbitrary: conversationStep(fc.record({ ...item, isDeletion: fc.constant(true) })),
    },
    { weight: 10, arbitrary: repetition },
  );
}

function revisions(highest: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 30, arbitrary: fc.nat(highest) }, { weight: 1, arbitrary: fc.constant(GREATEST) });
}

/** None once for every `times` values; shrinks to none. */
function sometimes<Value>(arbitrary: fc.Arbitrary<Value>, times: number): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: times, arbitrary });
}

/** None `times` times for every value; shrinks to none. */
function usually<Value>(arbitrary: fc.Arbitrary<Value>, times: number): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: times, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

function onceIn(times: number): fc.Arbitrary<boolean> {
  return fc.nat(times - 1).map((drawn) => drawn === times - 1);
}

function conversationStep(fields: fc.Arbitrary<Partial<ConversationEvent>>): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constant("conversation" as const),
    letter,
    fields,
  });
}

function workItemStep(
  fields: fc.Arbitrary<Partial<WorkItemEvent> & Pick<WorkItemEvent, "revision">>,
): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant("work-item" as const), letter, fields });
}

/** The table of section 5: the smallest scenario for each reason, complete by type. */
import { describe, expect, it } from "vitest";
import { type DecisionClass, REASONS, type Reason } from "../../../schemas/types.js";
import { conversation, type JoinedEvent, TO_NOBODY, TO_Q1, TO_Q2, workItem } from "../../oracle/build.js";
import { expectedReason, type RuleOptions } from "../../oracle/oracle.js";
import { expectStep, runSteps } from "./subject.js";

const OPTIONS: RuleOptions = { workItemStream: "present" };

/** The last event gets the reason; those before it prepare the state. */
interface Scenario {
  readonly what: string;
  readonly before: readonly JoinedEvent[];
  readonly event: JoinedEvent;
  readonly decisionClass: DecisionClass;
  readonly holder: string | null;
}

const toQ1 = conversation({
  eventId: "holder",
  revision: 5,
  queueChange: TO_Q1,
});
const syncToQ1 = { queueChange: TO_Q1, isSync: true } as const;
const syncToQ2 = { queueChange: TO_Q2, isSync: true } as const;
const unbased = workItem({
  eventId: "unbased",
  revision: 3,
  queueChange: TO_Q2,
});
const deletion = conversation({ eventId: "deletion", isDeletion: true });

const SCENARIOS: Readonly<Record<Reason, readonly [Scenario, ...Scenario[]]>> = {
  ASSIGNED: [
    {
      what: "a first intent",
      before: [],
      event: toQ1,
      decisionClass: "emitted",
      holder: "holder",
    },
    {
      what: "a work-item decision that has seen the holder's revision",
      before: [toQ1],
      event: workItem({
        eventId: "w",
        revision: 1,
        basis: 5,
        queueChange: TO_Q2,
      }),
      decisionClass: "emitted",
      holder: "w",
    },
  ],
  UNASSIGNED: [
    {
      what: "a first intent to nobody, since unknown is not nobody",
      before: [],
      event: conversation({
        eventId: "nobody",
        revision: 1,
        queueChange: TO_NOBODY,
      }),
      decisionClass: "emitted",
      holder: "nobody",
    },
  ],
  LIFECYCLE_CHANGED: [
    {
      what: "a status",
      before: [],
      event: conversation({
        eventId: "closed",
        revision: 1,
        lifecycleChange: "CLOSED",
      }),
      decisionClass: "emitted",
      holder: null,
    },
    {
      what: "a deletion",
      before: [toQ1],
      event: deletion,
      decisionClass: "emitted",
      holder: "deletion",
    },
    {
      what: "a status on a reverse sync that contradicts the assignment",
      before: [toQ1],
      event: conversation({
        eventId: "both",
        revision: 6,
        lifecycleChange: "CLOSED",
        ...syncToQ2,
      }),
      decisionClass: "emitted",
      holder: "holder",
    },
  ],
  CONFIRMED: [
    {
      what: "a newer intent to the same target",
      before: [toQ1],
      event: conversation({
        eventId: "again",
        revision: 6,
        queueChange: TO_Q1,
      }),
      decisionClass: "kept",
      holder: "again",
    },
    {
      what: "a first status OPEN",
      before: [],
      event: conversation({
        eventId: "open",
        revision: 1,
        lifecycleChange: "OPEN",
      }),
      decisionClass: "kept",
      holder: null,
    },
  ],
  PROMOTED: [
    {
      what: "evidence for a decision that lost before",
      before: [toQ1, unbased],
      event: workItem({
        eventId: "evidence",
        revision: 2,
        basis: 5,
        ...syncToQ1,
      }),
      decisionClass: "emitted",
      holder: "unbased",
    },
    {
      what: "evidence for the holder",
      before: [unbased],
      event: workItem({ eventId: "evidence", revision: 2, basis: 5 }),
      decisionClass: "kept",
      holder: "unbased",
    },
  ],
  NO_QUEUE_CHANGE: [
    {
      what: "tags",
      before: [],
      event: conversation({ eventId: "tags", revision: 1 }),
      decisionClass: "kept",
      holder: null,
    },
    {
      what: "a change that was not stored",
      before: [],
      event: conversation({
        eventId: "draft",
        revision: 1,
        queueChange: TO_Q1,
        persisted: false,
      }),
      decisionClass: "kept",
      holder: null,
    },
    {
      what: "an audit after the deletion",
      before: [deletion],
      event: conversation({ eventId: "audit", isAudit: true, ...syncToQ1 }),
      decisionClass: "kept",
      holder: "deletion",
    },
  ],
  WORK_COMPLETED: [
    {
      what: "a removal by completion",
      before: [toQ1],
      event: workItem({
        eventId: "done",
        revision: 2,
        basis: 9,
        queueChange: TO_NOBODY,
        completed: true,
      }),
      decisionClass: "kept",
      holder: "holder",
    },
  ],
  ECHO_FORWARD: [
    {
      what: "a forward sync",
      before: [],
      event: workItem({
        eventId: "forward",
        revision: 1,
        basis: 5,
        ...syncToQ1,
      }),
      decisionClass: "echo",
      holder: null,
    },
  ],
  ECHO_IN_SYNC: [
    {
      what: "a reverse sync to the assignment",
      before: [toQ1],
      event: conversation({ eventId: "reverse", revision: 6, ...syncToQ1 }),
      decisionClass: "echo",
      holder: "holder",
    },
  ],
  ECHO_OUTDATED: [
    {
      what: "a reverse sync below the record",
      before: [toQ1],
      event: conversation({ eventId: "reverse", revision: 4, ...syncToQ2 }),
      decisionClass: "echo",
      holder: "holder",
    },
  ],
  STALE_REVERSE_SYNC: [
    {
      what: "a reverse sync above the record, to another target",
      before: [toQ1],
      event: conversation({ eventId: "reverse", revision: 6, ...syncToQ2 }),
      decisionClass: "stale",
      holder: "holder",
    },
  ],
  SUPERSEDED_SAME_TARGET: [
    {
      what: "an older intent to the same target",
      before: [toQ1],
      event: workItem({
        eventId: "w",
        revision: 1,
        basis: 4,
        queueChange: TO_Q1,
      }),
      decisionClass: "kept",
      holder: "holder",
    },
  ],
  FORKED_REVISION: [
    {
      what: "another event of the holder's revision",
      before: [toQ1],
      event: conversation({
        eventId: "fork",
        revision: 5,
        queueChange: TO_Q2,
      }),
      decisionClass: "stale",
      holder: "holder",
    },
  ],
  STALE_REVISION: [
    {
      what: "an older intent to another target",
      before: [toQ1],
      event: conversation({
        eventId: "older",
        revision: 4,
        queueChange: TO_Q2,
      }),
      decisionClass: "stale",
      holder: "holder",
    },
    {
      what: "a status of the same revision and a lower id: statuses are not forks",
      before: [
        conversation({
          eventId: "b",
          revision: 1,
          lifecycleChange: "CLOSED",
        }),
      ],
      event: conversation({
        eventId: "a",
        revision: 1,
        lifecycleChange: "SNOOZED",
      }),
      decisionClass: "stale",
      holder: null,
    },
    {
      what: "an item of the same millisecond and a lower id: items are not forks",
      before: [conversation({ eventId: "b", orderedAt: 1, queueChange: TO_Q1 })],
      event: conversation({ eventId: "a", orderedAt: 1, queueChange: TO_Q2 }),
      decisionClass: "stale",
      holder: "b",
    },
  ],
  STALE_BASIS: [
    {
      what: "a work-item decision that had not seen the holder's revision",
      before: [toQ1],
      event: workItem({
        eventId: "w",
        revision: 1,
        basis: 4,
        queueChange: TO_Q2,
      }),
      decisionClass: "stale",
      holder: "holder",
    },
  ],
  DUPLICATE: [
    {
      what: "the holder again",
      before: [toQ1],
      event: toQ1,
      decisionClass: "duplicate",
      holder: "holder",
    },
    {
      what: "the deletion again",
      before: [toQ1, deletion],
      event: deletion,
      decisionClass: "duplicate",
      holder: "deletion",
    },
  ],
  CONVERSATION_DELETED: [
    {
      what: "an intent after the deletion",
      before: [deletion],
      event: toQ1,
      decisionClass: "stale",
      holder: "deletion",
    },
    {
      what: "a second deletion, even when it takes the registers",
      before: [deletion],
      event: conversation({ eventId: "deletion-2", isDeletion: true }),
      decisionClass: "stale",
      holder: "deletion-2",
    },
  ],
};

describe.each(REASONS)("%s", (reason) => {
  it.each(SCENARIOS[reason])("$what", ({ before, event, decisionClass, holder }) => {
    const step = runSteps([...before, event], OPTIONS).at(-1);
    if (step === undefined) throw new Error("unreachable");
    const { decision } = step.decided;
    expect(decision.reason).toBe(reason);
    expect(decision.decisionClass).toBe(decisionClass);
    expect(decision.holderEventId).toBe(holder);
    expect(expectedReason(before, event, OPTIONS)).toBe(reason);
    expectStep(step, before, OPTIONS);
  });
});

/** Why a decision was what it was, in words: complete by type. */
import { describe, expect, it } from "vitest";
import { sentenceOf } from "../../../cli/output/sentences.js";
import { type AssignmentDecision, REASONS, type Reason } from "../../../schemas/index.js";

const DECISION: AssignmentDecision = {
  source: "kustomer",
  tenant: "t",
  conversationId: "c",
  eventId: "e7",
  entity: "WORK_ITEM",
  entityId: "w",
  revision: 7,
  basis: 53,
  basisInferred: false,
  target: { type: "QUEUE", id: "q" },
  version: { basis: 53, kind: 1, workItemNumber: 1, workItemRevision: 7, eventId: "e7" },
  isSync: false,
  client: "api",
  reason: "",
  decisionClass: "kept",
  holderEventId: "e9",
  holderVersion: { basis: 58, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId: "e9" },
  emittedSequence: null,
  diverged: false,
  occurredAt: 0,
  traceId: null,
  ruleVersion: 1,
  inputTopic: "work-item-events",
  inputPartition: 0,
  inputOffset: 0,
  rawPosition: null,
};

/** What is said after "Work-item event e7 at revision 7 by api". */
const SAID: Readonly<Record<Reason, string>> = {
  ASSIGNED: " assigned the conversation to queue q, with the key (53,1,1,7).",
  UNASSIGNED: " took the conversation from whoever held it, with the key (53,1,1,7).",
  LIFECYCLE_CHANGED: " changed the life cycle.",
  CONFIRMED: " said again, from newer knowledge, what already held.",
  PROMOTED:
    " showed that an earlier decision, event e9, was made from newer knowledge than had been known: " +
    "that decision now has the key (58,0,0,0) and holds.",
  NO_QUEUE_CHANGE: " decided nothing.",
  WORK_COMPLETED: " removed the queue because the work was completed: nobody decided a target.",
  ECHO_FORWARD: " is a forward sync: a copy of a decision made on the conversation.",
  ECHO_IN_SYNC: " is a reverse sync: the source's record now agrees with the assignment.",
  ECHO_OUTDATED: " is a reverse sync that the source's record has already moved past.",
  STALE_REVERSE_SYNC:
    " is a reverse sync: it wrote queue q into the source's record, a copy of an old decision. " +
    "The assignment stays as event e9 decided it, with the key (58,0,0,0).",
  SUPERSEDED_SAME_TARGET: " said what a newer decision, event e9, says too.",
  FORKED_REVISION: " lost to event e9 at the same revision: of the two, the greater event id counts.",
  STALE_REVISION: " lost with its key (53,1,1,7) to event e9 with the key (58,0,0,0).",
  STALE_BASIS:
    " was decided from conversation revision 53 and lost with its key (53,1,1,7) to event e9 with the key (58,0,0,0).",
  DUPLICATE: " is what already holds, delivered again.",
  CONVERSATION_DELETED: " came for a conversation that was deleted.",
};

it.each(REASONS)("%s is said in words", (reason) => {
  expect(sentenceOf({ ...DECISION, reason })).toBe(`Work-item event e7 at revision 7 by api${SAID[reason]}`);
});

describe("a sentence", () => {
  it("leaves out what is not known", () => {
    const bare = {
      ...DECISION,
      revision: null,
      client: null,
      basis: null,
      target: null,
      version: null,
      holderEventId: null,
      holderVersion: null,
    };
    expect(sentenceOf({ ...bare, reason: "ASSIGNED" })).toBe("Work-item event e7 assigned the conversation to nobody.");
    expect(sentenceOf({ ...bare, reason: "STALE_BASIS" })).toBe(
      "Work-item event e7 was decided from conversation revision unknown and lost to event unknown with the key -.",
    );
  });

  it("says when the basis was inherited", () => {
    expect(sentenceOf({ ...DECISION, reason: "STALE_BASIS", basisInferred: true })).toContain(
      "was decided from conversation revision 53 (as far as is known) and lost",
    );
  });

  it.each([
    ["CONVERSATION", "Conversation event e7"],
    ["WORK_ITEM", "Work-item event e7"],
    ["AUDIT", "Audit event e7"],
  ] as const)("names what the event was of: %s", (entity, start) => {
    expect(sentenceOf({ ...DECISION, entity, reason: "NO_QUEUE_CHANGE" })).toContain(start);
  });

  it("about a reason that is not known names it", () => {
    expect(sentenceOf({ ...DECISION, reason: "NEW_REASON\n" })).toBe(
      "Work-item event e7 at revision 7 by api: NEW_REASON\\u{a}.",
    );
  });

  it("is safe to print, whatever the ids hold", () => {
    const bad = "\u001b[2J\n";
    const target = { type: "QUEUE", id: bad } as const;
    const decision = { ...DECISION, eventId: bad, client: bad, holderEventId: bad, target };
    for (const reason of REASONS) {
      expect(sentenceOf({ ...decision, reason })).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

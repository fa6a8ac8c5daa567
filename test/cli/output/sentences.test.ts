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

const HOLDER = "event e9 with the key (58,0,0,0)";

/** What is said after "Work-item event e7 at revision 7 by api". Whatever lost, both events and both keys are named (R8). */
const SAID: Readonly<Record<Reason, string>> = {
  ASSIGNED: " assigned the conversation to queue q, with the key (53,1,1,7).",
  UNASSIGNED: " took the conversation from whoever held it, with the key (53,1,1,7).",
  LIFECYCLE_CHANGED: ` changed the life cycle, with the key (53,1,1,7). It names queue q as well; the assignment stays with ${HOLDER}.`,
  CONFIRMED: ` said again, from newer knowledge, what already held, with the key (53,1,1,7). It names queue q as well; the assignment stays with ${HOLDER}.`,
  PROMOTED:
    " showed that an earlier decision, event e9, was made from newer knowledge than had been known: " +
    "that decision now has the key (58,0,0,0) and holds. Its own decision, queue q with the key (53,1,1,7), lost to that.",
  NO_QUEUE_CHANGE: " decided nothing.",
  WORK_COMPLETED: " removed the queue because the work was completed: nobody decided a target.",
  ECHO_FORWARD: " is a forward sync: a copy of a decision made on the conversation.",
  ECHO_IN_SYNC: ` is a reverse sync: the source's record now agrees with the assignment, which is held by ${HOLDER}.`,
  ECHO_OUTDATED: " is a reverse sync that the source's record has already moved past.",
  STALE_REVERSE_SYNC:
    " is a reverse sync: it wrote queue q into the source's record, a copy of an old decision. " +
    `It lost to ${HOLDER}: the assignment stays as that decided it.`,
  SUPERSEDED_SAME_TARGET: ` said what a newer decision says too: with its key (53,1,1,7) it lost to ${HOLDER}.`,
  FORKED_REVISION: ` lost with its key (53,1,1,7) to ${HOLDER} at the same revision: of the two, the greater event id counts.`,
  STALE_REVISION: ` lost with its key (53,1,1,7) to ${HOLDER}.`,
  STALE_BASIS: ` was decided from conversation revision 53 and lost with its key (53,1,1,7) to ${HOLDER}.`,
  DUPLICATE: " holds already, with the key (53,1,1,7): it was delivered again.",
  CONVERSATION_DELETED: ` came with its key (53,1,1,7) for a conversation that was deleted, and lost to the deletion, ${HOLDER}, which is above every other.`,
};

it.each(REASONS)("%s is said in words", (reason) => {
  expect(sentenceOf({ ...DECISION, reason })).toBe(`Work-item event e7 at revision 7 by api${SAID[reason]}`);
});

describe("a sentence", () => {
  it("says so when something is not known", () => {
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
    expect(sentenceOf({ ...bare, reason: "ASSIGNED" })).toBe(
      "Work-item event e7 assigned the conversation to nobody, with the key unknown.",
    );
    expect(sentenceOf({ ...bare, reason: "STALE_BASIS" })).toBe(
      "Work-item event e7 was decided from conversation revision unknown and lost with its key unknown to an event that is not known.",
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

  describe("knows more with what was before", () => {
    const version = (basis: number, eventId: string) => ({
      basis,
      kind: 0,
      workItemNumber: 0,
      workItemRevision: 0,
      eventId,
    });
    const before = version(50, "e5");
    const status = { ...DECISION, entity: "CONVERSATION", target: null, version: version(7, "e7") } as const;

    it.each(["ASSIGNED", "UNASSIGNED"])("whom an event has overtaken: %s", (reason) => {
      expect(sentenceOf({ ...DECISION, reason }, { holderBefore: before })).toContain(
        ", with the key (53,1,1,7), above event e5 with the key (50,0,0,0), which held before.",
      );
    });

    it("whom a promoted decision has overtaken, and which key it had itself", () => {
      const promoted = { ...DECISION, version: null, reason: "PROMOTED" };
      expect(sentenceOf(promoted, { holderBefore: before })).toContain(
        "that decision now has the key (58,0,0,0), above event e5 with the key (50,0,0,0), which held before, and holds.",
      );
      expect(sentenceOf(promoted, { holderBefore: version(54, "e9") })).toContain(
        "that decision now has the key (58,0,0,0) instead of (54,0,0,0) and holds.",
      );
    });

    it("what a status lost to", () => {
      const lost = { ...status, holderVersion: version(6, "e6"), holderEventId: "e6", reason: "STALE_REVISION" };
      expect(sentenceOf(lost, { lifecycleHolder: version(8, "e8") })).toMatch(
        /lost with its key \(7,0,0,0\) to event e8 with the key \(8,0,0,0\) \(the life cycle\)\.$/,
      );
      expect(sentenceOf(lost)).toMatch(/lost with its key \(7,0,0,0\) to the event that holds the life cycle\.$/);
    });

    it("both that an event may have lost to, when the decision does not tell which", () => {
      const lost = { ...status, reason: "STALE_REVISION" };
      expect(sentenceOf(lost, { lifecycleHolder: version(8, "e8") })).toMatch(
        /to event e9 with the key \(58,0,0,0\) \(the assignment\) or, if it was a status, to event e8 with the key \(8,0,0,0\) \(the life cycle\)\.$/,
      );
    });

    it("what the record was written by, and what an echo copies", () => {
      const echo = { ...status, isSync: true, target: DECISION.target };
      expect(
        sentenceOf({ ...echo, reason: "ECHO_OUTDATED" }, { recordedBy: { eventId: "e8", revision: 8 } }),
      ).toContain("already moved past: event e8 wrote it at revision 8.");
      expect(sentenceOf({ ...echo, reason: "STALE_REVERSE_SYNC" }, { original: DECISION })).toContain(
        "a copy of an old decision, as it seems that of event e7 with the key (53,1,1,7). It lost to event e9",
      );
    });
  });

  it("of a deletion shows no key: nobody could read it", () => {
    const version = { basis: 2 ** 53 - 2, kind: 0, workItemNumber: 0, workItemRevision: 0, eventId: "e7" };
    const deletion = { ...DECISION, entity: "CONVERSATION", revision: null, target: null, version } as const;
    expect(sentenceOf({ ...deletion, reason: "LIFECYCLE_CHANGED" })).toBe(
      "Conversation event e7 by api deleted the conversation: its key is above every other.",
    );
    expect(sentenceOf({ ...deletion, reason: "CONVERSATION_DELETED" })).toBe(
      "Conversation event e7 by api deleted a conversation that was deleted: of several deletions the greatest event id counts, that of event e9.",
    );
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

/** The oracle against results computed by hand from the document. */
import { describe, expect, it } from "vitest";
import type { Reason } from "../../schemas/types.js";
import { conversation, type JoinedEvent, Q1, Q2, TO_NOBODY, TO_Q1, TO_Q2, workItem } from "./build.js";
import { C58, C60, INCIDENT, INCIDENT_Q1, INCIDENT_Q2, W1 } from "./incident.js";
import { compareVersions, evaluate, expectedEmissions, expectedReason, type RuleOptions } from "./oracle.js";

const PRESENT: RuleOptions = { workItemStream: "present" };

function reasonsOf(arrivals: readonly JoinedEvent[], options = PRESENT): readonly Reason[] {
  return arrivals.map((joined, index) => expectedReason(arrivals.slice(0, index), joined, options));
}

function key(basis: number, kind: number, workItemNumber: number, workItemRevision: number, eventId: string) {
  return { basis, kind, workItemNumber, workItemRevision, eventId };
}

describe("the oracle on the founding incident", () => {
  it("gives the reasons of section 6 in its order", () => {
    expect(reasonsOf(INCIDENT)).toEqual([
      "ASSIGNED",
      "NO_QUEUE_CHANGE",
      "UNASSIGNED",
      "ECHO_FORWARD",
      "ASSIGNED",
      "SUPERSEDED_SAME_TARGET",
      "NO_QUEUE_CHANGE",
      "NO_QUEUE_CHANGE",
      "NO_QUEUE_CHANGE",
      "ASSIGNED",
      "NO_QUEUE_CHANGE",
      "STALE_REVERSE_SYNC",
      "NO_QUEUE_CHANGE",
    ]);
  });

  it("emits the four records of section 6", () => {
    const shown = expectedEmissions(INCIDENT, PRESENT).map((emission) => [emission.sequence, emission.assignment]);
    expect(shown).toEqual([
      [1, INCIDENT_Q2],
      [2, null],
      [3, INCIDENT_Q1],
      [4, INCIDENT_Q2],
    ]);
  });

  it("ends at Q2 by C58, diverged, whatever the order", () => {
    const expected = {
      assignment: INCIDENT_Q2,
      assignmentVersion: key(58, 0, 0, 0, C58.event.eventId),
      lifecycle: "OPEN",
      lifecycleVersion: null,
      record: { target: INCIDENT_Q1, revision: 60, eventId: C60.event.eventId },
      diverged: true,
    };
    expect(evaluate(INCIDENT, PRESENT)).toEqual(expected);
    expect(evaluate(INCIDENT.toReversed(), PRESENT)).toEqual(expected);
  });

  it("gives the first decision the key (11, 1, 1, 1)", () => {
    expect(evaluate([W1], PRESENT).assignmentVersion).toEqual(key(11, 1, 1, 1, W1.event.eventId));
  });
});

describe("the oracle on an inherited basis", () => {
  const decision = workItem({ eventId: "w5", revision: 5, queueChange: TO_Q1 });

  it("is 0 without evidence", () => {
    expect(evaluate([decision], PRESENT).assignmentVersion).toEqual(key(0, 1, 1, 5, "w5"));
  });

  it("is the resource revision of any event of the work item, also a later one", () => {
    const later = workItem({ eventId: "w9", revision: 9, resourceRevision: 7 });
    expect(evaluate([decision, later], PRESENT).assignmentVersion).toEqual(key(7, 1, 1, 5, "w5"));
  });

  it("is the largest explicit basis at a lower revision, and not one at its own or a higher one", () => {
    const evidence = [
      workItem({ eventId: "w3", revision: 3, basis: 20 }),
      workItem({
        eventId: "w4",
        revision: 4,
        basis: 10,
        queueChange: TO_NOBODY,
        isSync: true,
      }),
      workItem({ eventId: "w5-other", revision: 5, basis: 30 }),
      workItem({ eventId: "w6", revision: 6, basis: 40 }),
    ];
    expect(evaluate([decision, ...evidence], PRESENT).assignmentVersion).toEqual(key(20, 1, 1, 5, "w5"));
  });

  it("does not come from another work item", () => {
    const other = workItem({
      eventId: "o1",
      workItemNumber: 2,
      revision: 1,
      basis: 20,
      resourceRevision: 20,
    });
    expect(evaluate([decision, other], PRESENT).assignmentVersion).toEqual(key(0, 1, 1, 5, "w5"));
  });

  it("lets evidence promote a decision over a conversation decision that it had seen", () => {
    const arrivals = [
      conversation({ eventId: "c8", revision: 8, queueChange: TO_Q2 }),
      decision,
      workItem({
        eventId: "w4",
        revision: 4,
        basis: 8,
        queueChange: TO_Q2,
        isSync: true,
      }),
      workItem({ eventId: "w2", revision: 2, basis: 9 }),
    ];
    expect(reasonsOf(arrivals)).toEqual(["ASSIGNED", "STALE_BASIS", "PROMOTED", "PROMOTED"]);
    expect(expectedEmissions(arrivals, PRESENT)[1]).toMatchObject({
      assignment: Q1,
      causeEventId: "w5",
    });
    expect(expectedEmissions(arrivals, PRESENT)).toHaveLength(2);
  });
});

describe("the oracle on keys", () => {
  it("puts a work-item decision between the conversation revision it saw and the next", () => {
    const at = workItem({
      eventId: "w1",
      revision: 1,
      basis: 5,
      queueChange: TO_Q1,
    });
    const seen = conversation({
      eventId: "c5",
      revision: 5,
      queueChange: TO_Q2,
    });
    const next = conversation({
      eventId: "c6",
      revision: 6,
      queueChange: TO_Q2,
    });
    expect(evaluate([at, seen], PRESENT).assignment).toEqual(Q1);
    expect(evaluate([at, next], PRESENT).assignment).toEqual(Q2);
  });

  it("compares event ids by UTF-16 code units", () => {
    expect(compareVersions(key(1, 0, 0, 0, "\u{1F600}"), key(1, 0, 0, 0, "\uFF5E"))).toBeLessThan(0);
    expect(compareVersions(key(1, 0, 0, 0, "B"), key(1, 0, 0, 0, "a"))).toBeLessThan(0);
  });
});

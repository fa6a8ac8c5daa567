/** The oracle's reasons against those worked out by hand from section 5. */
import { describe, expect, it } from "vitest";
import type { Reason } from "../../schemas/types.js";
import { conversation, type JoinedEvent, TO_NOBODY, TO_Q1, TO_Q2, TO_Q3, workItem } from "./build.js";
import { evaluate, expectedReason, type RuleOptions } from "./oracle.js";

const PRESENT: RuleOptions = { workItemStream: "present" };
const ABSENT: RuleOptions = { workItemStream: "absent" };

function reasonsOf(arrivals: readonly JoinedEvent[], options = PRESENT): readonly Reason[] {
  return arrivals.map((joined, index) => expectedReason(arrivals.slice(0, index), joined, options));
}

function key(basis: number, kind: number, workItemNumber: number, workItemRevision: number, eventId: string) {
  return { basis, kind, workItemNumber, workItemRevision, eventId };
}

describe("the oracle on reasons", () => {
  const c5 = conversation({ eventId: "c5", revision: 5, queueChange: TO_Q1 });

  it("answers the holder with DUPLICATE and any other repeated event afresh", () => {
    const c4 = conversation({ eventId: "c4", revision: 4, queueChange: TO_Q2 });
    expect(reasonsOf([c5, c4, c5, c4])).toEqual(["ASSIGNED", "STALE_REVISION", "DUPLICATE", "STALE_REVISION"]);
  });

  it("calls a fork a fork only when it loses, with another target, in a source with revisions", () => {
    const winner = conversation({
      eventId: "d5",
      revision: 5,
      queueChange: TO_Q2,
    });
    const same = conversation({
      eventId: "a5",
      revision: 5,
      queueChange: TO_Q1,
    });
    expect(reasonsOf([c5, winner])).toEqual(["ASSIGNED", "ASSIGNED"]);
    expect(reasonsOf([winner, c5])).toEqual(["ASSIGNED", "FORKED_REVISION"]);
    expect(reasonsOf([c5, same])).toEqual(["ASSIGNED", "SUPERSEDED_SAME_TARGET"]);
    const item = conversation({
      eventId: "i",
      orderedAt: 5,
      queueChange: TO_Q1,
    });
    expect(reasonsOf([conversation({ eventId: "j", orderedAt: 5, queueChange: TO_Q2 }), item])).toEqual([
      "ASSIGNED",
      "STALE_REVISION",
    ]);
  });

  it("calls a work-item fork one only when the keys agree up to the event id", () => {
    const first = workItem({
      eventId: "b",
      revision: 3,
      basis: 5,
      queueChange: TO_Q1,
    });
    const fork = workItem({
      eventId: "a",
      revision: 3,
      basis: 5,
      queueChange: TO_Q2,
    });
    const older = workItem({
      eventId: "0",
      revision: 3,
      basis: 4,
      queueChange: TO_Q2,
    });
    expect(reasonsOf([first, fork, older])).toEqual(["ASSIGNED", "FORKED_REVISION", "STALE_BASIS"]);
  });

  it("takes an echo as an intent when the work-item stream is absent", () => {
    const echo = conversation({
      eventId: "c6",
      revision: 6,
      queueChange: TO_Q2,
      isSync: true,
    });
    expect(reasonsOf([c5, echo])).toEqual(["ASSIGNED", "STALE_REVERSE_SYNC"]);
    expect(reasonsOf([c5, echo], ABSENT)).toEqual(["ASSIGNED", "ASSIGNED"]);
  });

  it("tells a completion from a decision for nobody and from an echo", () => {
    const removal = { revision: 2, basis: 9, queueChange: TO_NOBODY } as const;
    const completion = workItem({ eventId: "w2", ...removal, completed: true });
    const echo = workItem({
      eventId: "w3",
      ...removal,
      completed: true,
      isSync: true,
    });
    const transfer = workItem({
      eventId: "w4",
      revision: 2,
      queueChange: TO_Q3,
      basis: 9,
      completed: true,
    });
    expect(reasonsOf([c5, completion, echo, transfer, workItem({ eventId: "w5", ...removal, revision: 3 })])).toEqual([
      "ASSIGNED",
      "WORK_COMPLETED",
      "ECHO_FORWARD",
      "ASSIGNED",
      "UNASSIGNED",
    ]);
  });

  it("emits the first assignment also to nobody, and confirms a first status OPEN", () => {
    const nobody = conversation({
      eventId: "c1",
      revision: 1,
      queueChange: TO_NOBODY,
    });
    const open = conversation({
      eventId: "c2",
      revision: 2,
      lifecycleChange: "OPEN",
    });
    expect(reasonsOf([nobody, open])).toEqual(["UNASSIGNED", "CONFIRMED"]);
  });

  it("takes the first of the table when an event fits twice", () => {
    const first = conversation({
      eventId: "c9",
      revision: 9,
      queueChange: TO_Q1,
      lifecycleChange: "CLOSED",
    });
    const both = { queueChange: TO_Q2, lifecycleChange: "CLOSED" } as const;
    expect(reasonsOf([first, conversation({ eventId: "c8", revision: 8, ...both })])[1]).toBe("SUPERSEDED_SAME_TARGET");
    expect(reasonsOf([first, conversation({ eventId: "d8", revision: 8, isSync: true, ...both })])[1]).toBe(
      "ECHO_OUTDATED",
    );
    expect(reasonsOf([first, conversation({ eventId: "e10", revision: 10, isSync: true, ...both })])[1]).toBe(
      "CONFIRMED",
    );
  });

  it("ends at the greatest deletion and answers what comes after it", () => {
    const low = conversation({ eventId: "a", isDeletion: true });
    const high = conversation({ eventId: "b", isDeletion: true });
    const notStored = conversation({
      eventId: "d",
      isDeletion: true,
      persisted: false,
    });
    const after: readonly [JoinedEvent, Reason][] = [
      [high, "CONVERSATION_DELETED"],
      [low, "CONVERSATION_DELETED"],
      [high, "DUPLICATE"],
      [notStored, "NO_QUEUE_CHANGE"],
      [conversation({ eventId: "e", revision: 99, lifecycleChange: "OPEN" }), "CONVERSATION_DELETED"],
      [
        conversation({
          eventId: "f",
          revision: 99,
          queueChange: TO_Q2,
          isSync: true,
        }),
        "CONVERSATION_DELETED",
      ],
      [
        workItem({
          eventId: "g",
          revision: 1,
          queueChange: TO_Q2,
          isSync: true,
        }),
        "ECHO_FORWARD",
      ],
      [
        workItem({
          eventId: "h",
          revision: 1,
          queueChange: TO_NOBODY,
          completed: true,
        }),
        "WORK_COMPLETED",
      ],
      [workItem({ eventId: "i", revision: 1, basis: 99, queueChange: TO_Q2 }), "CONVERSATION_DELETED"],
      [c5, "CONVERSATION_DELETED"],
    ];
    const arrivals = [notStored, c5, low, ...after.map(([joined]) => joined)];
    const expected: readonly Reason[] = ["NO_QUEUE_CHANGE", "ASSIGNED", "LIFECYCLE_CHANGED"];
    expect(reasonsOf(arrivals)).toEqual([...expected, ...after.map(([, reason]) => reason)]);
    const version = key(2 ** 53 - 2, 0, 0, 0, "b");
    expect(evaluate(arrivals, PRESENT)).toEqual({
      assignment: null,
      assignmentVersion: version,
      lifecycle: "DELETED",
      lifecycleVersion: version,
      record: null,
      diverged: false,
    });
  });

  it("compares the record with an unknown assignment as with nobody", () => {
    const toQ1 = conversation({
      eventId: "a",
      revision: 1,
      queueChange: TO_Q1,
      isSync: true,
    });
    const toNobody = conversation({
      eventId: "b",
      revision: 2,
      queueChange: TO_NOBODY,
      isSync: true,
    });
    expect(reasonsOf([toQ1, toNobody])).toEqual(["STALE_REVERSE_SYNC", "ECHO_IN_SYNC"]);
    expect(evaluate([toQ1], PRESENT)).toMatchObject({
      assignmentVersion: null,
      diverged: true,
    });
  });
});

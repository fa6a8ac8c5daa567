/** Which conversations can be compared, and what counts as a difference. */
import { describe, expect, it } from "vitest";
import { queueAssignment } from "../../../processors/index.js";
import { type InputStarts, incomparable } from "../../../runtime/replay/comparable.js";
import { stateDifferences, syncDifferences } from "../../../runtime/replay/differences.js";
import type { AssignmentRow, FirstInput, QueueAssignment, Version } from "../../../schemas/index.js";

const version = (basis: number, eventId: string, kind = 0): Version => ({
  basis,
  kind,
  workItemNumber: kind,
  workItemRevision: kind,
  eventId,
});
const ROW: AssignmentRow = {
  sequence: 4,
  assignment: { type: "QUEUE", id: "Q2" },
  assignmentVersion: version(58, "C58"),
  lifecycle: "OPEN",
  lifecycleVersion: version(50, "C50"),
  record: { target: { type: "QUEUE", id: "Q1" }, revision: 60, eventId: "C60" },
  workItems: [],
  lastEmission: { reason: "ASSIGNED", causeEventId: "C58", previousAssignment: null, decidedAt: 1, emittedAt: 2 },
  firstInput: { conversationOffset: 10, workItemOffset: 20, rawOffset: 30 },
};
const first = (changes: Partial<FirstInput>): AssignmentRow => ({
  ...ROW,
  firstInput: { conversationOffset: 10, workItemOffset: 20, rawOffset: 30, ...changes },
});
const starts = (changes: Partial<InputStarts> = {}): InputStarts => ({
  input: "joined",
  conversation: 0,
  workItem: 0,
  raw: 0,
  ...changes,
});

describe("a conversation can be compared", () => {
  it.each<[string, AssignmentRow, InputStarts, ReturnType<typeof incomparable>]>([
    ["all of it is there", ROW, starts({ conversation: 10, workItem: 20 }), null],
    ["a conversation event has expired", ROW, starts({ conversation: 11 }), "input-expired"],
    ["a work-item event has expired", ROW, starts({ workItem: 21 }), "input-expired"],
    ["it has no work item", first({ workItemOffset: null }), starts({ workItem: 999 }), null],
    ["not known, nothing has expired", { ...ROW, firstInput: null }, starts(), null],
    ["not known, something has expired", { ...ROW, firstInput: null }, starts({ workItem: 1 }), "input-unknown"],
    ["raw events are there", ROW, starts({ input: "raw", raw: 30 }), null],
    ["a raw event has expired", ROW, starts({ input: "raw", raw: 31 }), "input-expired"],
    ["it did not come by raw events", first({ rawOffset: null }), starts({ input: "raw" }), "input-elsewhere"],
  ])("%s", (_, live, where, why) => {
    expect(incomparable(live, live, where)).toBe(why);
  });

  it("not when the live row begins behind what the log has of it", () => {
    expect(incomparable(ROW, first({ conversationOffset: 9 }), starts())).toBe("live-began-later");
    expect(incomparable(first({ workItemOffset: null }), ROW, starts())).toBe("live-began-later");
    expect(incomparable(ROW, first({ rawOffset: 29 }), starts({ input: "raw" }))).toBe("live-began-later");
    expect(incomparable(ROW, first({ conversationOffset: 11 }), starts())).toBe(null);
  });
});

describe("a difference of the state", () => {
  it("is each of its six fields, and nothing else", () => {
    expect(stateDifferences(ROW, { ...ROW, sequence: 9, lastEmission: null, firstInput: null })).toEqual([]);
    const changes: Partial<AssignmentRow>[] = [
      { assignment: null },
      { assignmentVersion: version(58, "C59") },
      { lifecycle: "CLOSED" },
      { lifecycleVersion: null },
      { record: { target: { type: "QUEUE", id: "Q1" }, revision: 61, eventId: "C60" } },
    ];
    for (const change of changes) {
      expect(stateDifferences(ROW, { ...ROW, ...change }).map(({ field }) => field)).toEqual(Object.keys(change));
    }
    const settled = { ...ROW, record: { target: { type: "QUEUE", id: "Q2" }, revision: 60, eventId: "C60" } } as const;
    expect(stateDifferences(ROW, settled).map(({ field }) => field)).toEqual(["record", "diverged"]);
  });
});

describe("a difference of the sync topic's last record", () => {
  const identity = { source: "kustomer", tenant: "t", conversationId: "c" };
  const record = (changes: Partial<QueueAssignment> = {}): QueueAssignment => {
    const last = queueAssignment(ROW, identity);
    if (last === null) throw new Error("nothing was emitted");
    return { ...last, ...changes };
  };
  const fields = (changes: Partial<QueueAssignment>, live: AssignmentRow | null = ROW, replayed = ROW) =>
    syncDifferences(record(changes), live, replayed).map(({ field }) => field);

  it("is another value, sequence, or cause", () => {
    expect(fields({})).toEqual([]);
    expect(fields({ assignment: null })).toEqual(["assignment"]);
    expect(fields({ lifecycle: "DELETED" })).toEqual(["lifecycle"]);
    expect(fields({ sequence: 5 })).toEqual(["sequence"]);
    expect(fields({ causeEventId: "C9" })).toEqual(["causeEventId"]);
    expect(fields({ sequence: 5, causeEventId: "C9" }, null)).toEqual([]);
  });

  it("is a version that cannot have become the present one: what confirms the value may have raised it", () => {
    expect(fields({ assignmentVersion: version(54, "C54") })).toEqual([]);
    expect(fields({ assignmentVersion: null })).toEqual([]);
    expect(fields({ assignmentVersion: version(59, "C59") })).toEqual(["assignmentVersion"]);
    expect(fields({ assignmentVersion: version(57, "C58") })).toEqual(["assignmentVersion"]);
    const promoted = { ...ROW, assignmentVersion: version(58, "W4", 1) };
    expect(fields({ assignmentVersion: version(53, "W4", 1) }, promoted, promoted)).toEqual([]);
    expect(fields({ lifecycleVersion: version(51, "C51") })).toEqual(["lifecycleVersion"]);
    expect(fields({}, ROW, { ...ROW, lifecycleVersion: null })).toEqual(["lifecycleVersion"]);
  });
});

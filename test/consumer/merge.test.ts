/** The version guard's merge: any order, any repetition, any mixture of replays leads to the same table. */
import {
  array,
  assert,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
  shuffledSubarray,
  string,
  tuple,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConversationState, compareVersions, mergeAssignment, versionSortKey } from "../../consumer/index.js";
import { stateOf } from "../../consumer/merge.js";
import type { Lifecycle, QueueAssignment, Target, Version } from "../../schemas/index.js";
import { DELETION_BASIS } from "../../schemas/index.js";
import { announce, SEED, setting } from "../oracle/settings.js";
import { assignment, expectedTable, keyOf, version } from "./support/assignments.js";

const RUNS = setting("RUNS", 1_000);
const runs = { numRuns: Math.min(RUNS, 20_000), seed: SEED };

const eventIds = oneof(
  constantFrom("a", "b", "\u{1f600}", "\uffff", "a b", "~", " ", ""),
  string({ unit: "binary", maxLength: 4 }),
);
const versions = record<Version>({
  basis: constantFrom(0, 1, 2, 9, 10, DELETION_BASIS - 1),
  kind: nat(1),
  workItemNumber: nat(2),
  workItemRevision: nat(11),
  eventId: eventIds,
});

/** One event decides one value: the target follows from the version, as it does in every run of the pipeline. */
function targetOf(from: Version): Target | null {
  const number = from.basis + from.workItemRevision + from.eventId.length;
  return number % 3 === 0 ? null : { type: number % 3 === 1 ? "QUEUE" : "USER", id: `t${number}` };
}
const LIFECYCLES: readonly Lifecycle[] = ["OPEN", "SNOOZED", "CLOSED"];

function said(conversation: string, holder: Version | null, life: Version | null): QueueAssignment {
  return assignment(conversation, 1, {
    assignment: holder === null ? null : targetOf(holder),
    assignmentVersion: holder,
    lifecycle: life === null ? "OPEN" : (LIFECYCLES[(life.basis + life.eventId.length) % 3] ?? "OPEN"),
    lifecycleVersion: life,
  });
}

function deletion(conversation: string, eventId: string): QueueAssignment {
  const deleted = version(DELETION_BASIS, eventId);
  return assignment(conversation, 1, {
    assignment: null,
    assignmentVersion: deleted,
    lifecycle: "DELETED",
    lifecycleVersion: deleted,
  });
}

const maybe = oneof({ weight: 4, arbitrary: versions }, { weight: 1, arbitrary: constantFrom(null) });
const records = oneof(
  {
    weight: 12,
    arbitrary: tuple(constantFrom("x", "y"), maybe, maybe).map(([one, holder, life]) => said(one, holder, life)),
  },
  { weight: 1, arbitrary: tuple(constantFrom("x", "y"), eventIds).map(([one, id]) => deletion(one, id)) },
);

function table(all: readonly QueueAssignment[]): Map<string, ConversationState> {
  const held = new Map<string, ConversationState>();
  for (const one of all) held.set(keyOf(one), mergeAssignment(held.get(keyOf(one)) ?? null, stateOf(one)).state);
  return held;
}

describe("merging records of the sync topic", () => {
  it("ends in the same table in any order, with any repetition, from any mixture of replays", () => {
    announce("merge", { RUNS: runs.numRuns });
    const mixtures = array(records, { minLength: 1, maxLength: 12 }).chain((all) =>
      tuple(shuffledSubarray(all, { minLength: all.length }), shuffledSubarray(all), shuffledSubarray(all)).chain(
        ([once, again, third]) =>
          shuffledSubarray([...once, ...again, ...third], { minLength: once.length + again.length + third.length }),
      ),
    );
    assert(
      property(mixtures, (mixture) => {
        expect(table(mixture)).toEqual(expectedTable(mixture));
      }),
      runs,
    );
  });

  it("says of each register what became of it, and an effect is called for exactly when the value differs", () => {
    assert(
      property(array(records, { minLength: 1, maxLength: 12 }), (all) => {
        let held: ConversationState | null = null;
        for (const one of all.filter(({ conversationId }) => conversationId === "x")) {
          const before: ConversationState | null = held;
          const merged = mergeAssignment(before, stateOf(one));
          const moved = merged.assignment === "applied" || merged.lifecycle === "applied";
          expect(moved).toBe(!(before === null ? isUnknown(merged.state) : merged.state === before));
          expect(merged.changed.assignment).toBe(holderOf(before) !== holderOf(merged.state));
          expect(merged.changed.lifecycle).toBe((before?.lifecycle ?? "OPEN") !== merged.state.lifecycle);
          held = merged.state;
        }
      }),
      runs,
    );
  });

  it("keeps the two registers apart: an old assignment comes with a new life cycle", () => {
    const held = stateOf(assignment("x", 58));
    const late = assignment("x", 54, { lifecycle: "CLOSED", lifecycleVersion: version(60) });
    const merged = mergeAssignment(held, late);
    expect(merged).toMatchObject({
      assignment: "older",
      lifecycle: "applied",
      changed: { assignment: false, lifecycle: true },
    });
    expect(merged.state).toEqual({ ...held, lifecycle: "CLOSED", lifecycleVersion: version(60) });
  });

  it("tells nobody from unknown", () => {
    const nobody = assignment("x", 3, { assignment: null });
    expect(mergeAssignment(null, nobody).changed).toEqual({ assignment: true, lifecycle: false });
    const snoozed = assignment("x", 3, { assignment: null, assignmentVersion: null, lifecycleVersion: version(3) });
    expect(mergeAssignment(null, snoozed)).toMatchObject({ assignment: "same", changed: { assignment: false } });
    expect(mergeAssignment(stateOf(nobody), snoozed)).toMatchObject({ assignment: "older" });
  });

  it("ends with a deletion, whatever comes behind it", () => {
    const held = mergeAssignment(null, deletion("x", "d")).state;
    const after = mergeAssignment(held, assignment("x", DELETION_BASIS - 1, { lifecycleVersion: version(99) }));
    expect(after).toMatchObject({ assignment: "older", lifecycle: "older" });
    expect(after.state).toBe(held);
  });

  it("finds that one event was decided in two ways", () => {
    const held = stateOf(assignment("x", 5));
    expect(mergeAssignment(held, assignment("x", 5)).contradicts).toBe(false);
    const other = assignment("x", 5, { assignment: { type: "QUEUE", id: "another" } });
    expect(mergeAssignment(held, other)).toMatchObject({ assignment: "same", contradicts: true, state: held });
  });
});

describe("the text that sorts as versions do", () => {
  it("compares as they do, byte by byte, in printable ASCII", () => {
    assert(
      property(versions, versions, (one, other) => {
        const [a, b] = [versionSortKey(one), versionSortKey(other)];
        expect(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))).toBe(Math.sign(compareVersions(one, other)));
        expect(a).toMatch(/^[\x20-\x7e]+$/);
      }),
      runs,
    );
  });

  it("is empty, and so the lowest, where there is no version", () => {
    expect(versionSortKey(null)).toBe("");
  });

  it("keeps the order of neighbours at the edges", () => {
    assert(
      property(integer({ min: 0, max: 0xfffe }), (unit) => {
        const keys = [
          `x${String.fromCharCode(unit)}`,
          `x${String.fromCharCode(unit + 1)}`,
          "x",
          `x${String.fromCharCode(unit)}a`,
        ];
        const expected = [...keys].sort();
        const sorted = [...keys].sort((a, b) =>
          versionSortKey(version(1, a)) < versionSortKey(version(1, b)) ? -1 : 1,
        );
        expect(sorted).toEqual(expected);
      }),
      { ...runs, numRuns: Math.max(runs.numRuns, 2_000) },
    );
  });
});

function isUnknown({ assignmentVersion, lifecycleVersion }: ConversationState): boolean {
  return assignmentVersion === null && lifecycleVersion === null;
}

/** Unknown, nobody, or who. */
function holderOf(state: ConversationState | null): string {
  if (state === null || state.assignmentVersion === null) return "unknown";
  return JSON.stringify(state.assignment);
}

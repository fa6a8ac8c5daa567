/** Where a task begins: every combination of what the changelog says, what the group has committed, and what is still there. */
import { describe, expect, it } from "vitest";
import { InputExpiredError, InputLostError, PositionConflictError } from "../../../../runtime/kafka/engine-errors.js";
import {
  type StartOffsetsInput,
  type StartPolicy,
  startOffsets,
} from "../../../../runtime/kafka/tasks/start-offsets.js";

interface Situation {
  readonly hasStore?: boolean;
  /** In the changelog. */
  readonly known?: number;
  readonly committed?: number | null;
  readonly metadata?: string;
  readonly earliest?: number;
  readonly end?: number;
  readonly guarantee?: StartPolicy["guarantee"];
  readonly expiredInput?: StartPolicy["expiredInput"];
}

interface Begun {
  readonly offset: number | undefined;
  readonly warnings: readonly (readonly [message: string, fields: object])[];
}

function inputOf({ hasStore = true, known, committed, metadata = "", earliest = 0, end = 100 }: Situation) {
  const place = { topic: "t", partition: 3 };
  return {
    task: "sub-3",
    groupId: "app-sub",
    partition: 3,
    sources: [{ topic: "t", earliest, end }],
    positions: known === undefined ? null : { checkpoint: 1, positions: [{ ...place, offset: known }], counters: [] },
    hasStore,
    committed: committed === undefined ? [] : [{ ...place, offset: committed, metadata }],
  } satisfies StartOffsetsInput;
}

function begin(situation: Situation): Begun {
  const warnings: [string, object][] = [];
  const { guarantee = "exactly_once", expiredInput = "fail" } = situation;
  const offsets = startOffsets(inputOf(situation), {
    guarantee,
    expiredInput,
    log: (level, message, fields = {}) => warnings.push([`${level}: ${message}`, fields]),
  });
  return { offset: offsets.get("t"), warnings };
}

const failing = (situation: Situation) => () => begin(situation);

describe("a task with a store", () => {
  it.each<[string, Situation, number]>([
    ["that has never run begins with the first record", {}, 0],
    ["goes on where its changelog says", { known: 40, committed: 40 }, 40],
    ["goes on where its changelog says, when the group's offsets have expired", { known: 40 }, 40],
    [
      "goes on where its changelog says, when the group has a partition without an offset",
      { known: 40, committed: null },
      40,
    ],
    ["may stand at the very end", { known: 100, committed: 100 }, 100],
    ["may stand at the first record that is there", { known: 40, committed: 40, earliest: 40 }, 40],
    [
      "trusts its changelog after at_least_once, whose offsets may be behind",
      { known: 40, committed: 30, metadata: "at_least_once" },
      40,
    ],
    ["trusts its changelog under at_least_once", { known: 40, committed: 30, guarantee: "at_least_once" }, 40],
    ["begins anew under at_least_once, when only offsets are left", { committed: 30, guarantee: "at_least_once" }, 0],
  ])("%s", (_, situation, offset) => {
    expect(begin(situation)).toEqual({ offset, warnings: [] });
  });

  it("that has never run says so when the first records are gone", () => {
    expect(begin({ earliest: 7 })).toEqual({
      offset: 7,
      warnings: [
        [
          "warn: group app-sub has no offset for t-3: it begins with the first record that is there",
          { task: "sub-3", offset: 7 },
        ],
      ],
    });
  });

  it.each<[string, Situation, string]>([
    ["behind", { known: 40, committed: 30 }, "its changelog says offset 40, and group app-sub has committed offset 30"],
    ["ahead", { known: 40, committed: 50 }, "its changelog says offset 40, and group app-sub has committed offset 50"],
    ["alone", { committed: 50 }, "its changelog says nothing of it, and group app-sub has committed offset 50"],
  ])("does not begin when the group's offset is %s, naming both and the way out", (_, situation, message) => {
    expect(failing(situation)).toThrow(PositionConflictError);
    expect(failing(situation)).toThrow(`task sub-3: of t-3 ${message}`);
    expect(failing(situation)).toThrow(/queue-ratchet replay.*queue-ratchet reset/);
  });

  it("compares offsets of its own partition only", () => {
    const input = { ...inputOf({ known: 40 }), committed: [{ topic: "t", partition: 4, offset: 9, metadata: "" }] };
    const policy = { guarantee: "exactly_once", expiredInput: "fail", log: () => undefined } as const;
    expect(startOffsets(input, policy).get("t")).toBe(40);
  });

  it("begins with the first record of a source that its positions do not name", () => {
    const input = { ...inputOf({ known: 40 }), sources: [{ topic: "new", earliest: 0, end: 5 }] };
    const policy = { guarantee: "exactly_once", expiredInput: "fail", log: () => undefined } as const;
    expect(startOffsets(input, policy)).toEqual(new Map([["new", 0]]));
  });
});

describe("a task without a store", () => {
  it("goes on where the group stands", () => {
    expect(begin({ hasStore: false, committed: 30 })).toEqual({ offset: 30, warnings: [] });
  });

  it("that has never run begins with the first record, without a word when there is none", () => {
    expect(begin({ hasStore: false, end: 0 })).toEqual({ offset: 0, warnings: [] });
  });

  it("says so when offsets have expired, or it begins with what was there before it", () => {
    const { offset, warnings } = begin({ hasStore: false, end: 100 });
    expect([offset, warnings.length]).toEqual([0, 1]);
  });
});

describe("a source", () => {
  it.each([true, false])("that ends before what was processed is an error (store: %s)", (hasStore) => {
    const lost = failing({ hasStore, known: hasStore ? 101 : undefined, committed: 101, end: 100 } as Situation);
    expect(lost).toThrow(InputLostError);
    expect(lost).toThrow("task sub-3 has processed t-3 up to offset 101, and it now ends at 100");
  });

  it("of which unprocessed records are gone is an error, naming how many and the flag to go on", () => {
    const expired = failing({ known: 40, committed: 40, earliest: 45 });
    expect(expired).toThrow(InputExpiredError);
    expect(expired).toThrow("task sub-3 stands at offset 40 of t-3, and the records before 45 are gone");
    expect(expired).toThrow("5 offsets would be left out");
    expect(expired).toThrow("--expired-input skip");
  });

  it("of which unprocessed records are gone is gone on with, when that was asked for, and the log says so", () => {
    expect(begin({ known: 40, committed: 40, earliest: 45, expiredInput: "skip" })).toEqual({
      offset: 45,
      warnings: [
        [
          "warn: records of t-3 are left out: they were gone before they were processed",
          { task: "sub-3", from: 40, to: 45 },
        ],
      ],
    });
  });
});

/** The schedule: its seed repeats it, and no kind of fault stays out for long. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SEED } from "../oracle/settings.js";
import { FAULTS } from "./faults/index.js";
import { NO_FAULT, planOf } from "./schedule.js";

const round = fc.nat(2 ** 31);

describe("the schedule of faults", () => {
  it("has every kind in any ten rounds that follow one another", () => {
    const property = fc.property(round, (first) => {
      const came = Array.from({ length: 10 }, (_, index) => planOf(first + index, null).flat()).flat();
      expect([...new Set(came)].sort()).toEqual([...FAULTS.keys()].sort());
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it("has two faults at once in every round", () => {
    expect(planOf(SEED, null).map((kinds) => kinds.length)).toEqual([1, 2, 1]);
  });

  it("is the same for the same round, and another for another", () => {
    expect(planOf(SEED, null)).toEqual(planOf(SEED, null));
    expect(new Set(Array.from({ length: 10 }, (_, index) => JSON.stringify(planOf(SEED + index, null)))).size).toBe(10);
  });

  it("has one kind only where one is asked for, and none where none is", () => {
    expect(planOf(SEED, "kill")).toEqual([["kill"], ["kill", "kill"], ["kill"]]);
    expect(planOf(SEED, NO_FAULT)).toEqual([]);
  });
});

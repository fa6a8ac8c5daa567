/** What the bodies of webhooks may take up together. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget, type Share } from "../../../ingress/webhooks/budget.js";
import { SEED } from "../../oracle/settings.js";

describe("the budget", () => {
  it("lets as many requests in as it may, and the next one when one has gone", () => {
    const budget = new Budget({ maxBytes: 100, maxRequests: 2 });
    const first = budget.enter();
    expect(budget.enter()).not.toBeNull();
    expect(budget.isFull).toBe(true);
    expect(budget.enter()).toBeNull();
    first?.release();
    expect(budget.isFull).toBe(false);
    expect(budget.enter()).not.toBeNull();
  });

  it("gives bytes up to its bound, and takes nothing when it refuses", () => {
    const budget = new Budget({ maxBytes: 100, maxRequests: 10 });
    const [one, other] = [budget.enter(), budget.enter()];
    expect(one?.grow(60)).toBe(true);
    expect(other?.grow(41)).toBe(false);
    expect(budget.usedBytes).toBe(60);
    expect(other?.grow(40)).toBe(true);
    expect(budget.isFull).toBe(true);
    expect(budget.enter()).toBeNull();
  });

  it("gets back what a request had, once, and gives it no more", () => {
    const budget = new Budget({ maxBytes: 100, maxRequests: 10 });
    const share = budget.enter();
    share?.grow(60);
    share?.release();
    share?.release();
    expect(budget.usedBytes).toBe(0);
    expect(share?.grow(1)).toBe(false);
    expect(budget.usedBytes).toBe(0);
  });

  it("is empty when all have gone, and never beyond its bounds, whatever they do", () => {
    const step = fc.oneof(
      fc.constant({ kind: "enter" as const }),
      fc.record({ kind: fc.constant("grow" as const), at: fc.nat(20), bytes: fc.nat(60) }),
      fc.record({ kind: fc.constant("release" as const), at: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const budget = new Budget({ maxBytes: 100, maxRequests: 5 });
        const shares: Share[] = [];
        for (const one of steps) {
          if (one.kind === "enter") shares.push(...[budget.enter()].filter((share) => share !== null));
          else if (one.kind === "grow") shares[one.at]?.grow(one.bytes);
          else shares[one.at]?.release();
          expect(budget.usedBytes).toBeLessThanOrEqual(100);
        }
        for (const share of shares) share.release();
        expect([budget.usedBytes, budget.isFull]).toEqual([0, false]);
      }),
      { seed: SEED },
    );
  });
});

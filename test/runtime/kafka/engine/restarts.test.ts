/** How often something is started anew: so many times within ten minutes. */
import { describe, expect, it } from "vitest";
import { Restarts } from "../../../../runtime/kafka/restarts.js";

const MINUTE_MS = 60_000;

describe("what fails is started anew", () => {
  it("as often as may be, and no more", () => {
    const restarts = new Restarts(2, () => 0);
    expect([1, 2, 3, 4].map(() => restarts.mayRestart())).toEqual([true, true, false, false]);
  });

  it("again once ten minutes are over since each", () => {
    let now = 0;
    const restarts = new Restarts(2, () => now);
    const at = (minutes: number) => {
      now = minutes * MINUTE_MS;
      return restarts.mayRestart();
    };
    expect([at(0), at(4), at(9.9), at(10), at(13.9), at(14), at(14)]).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it("never, when it may not be", () => {
    expect(new Restarts(0).mayRestart()).toBe(false);
  });
});

/** When a checkpoint is due: not before the interval is over, and later when checkpoints are dear. */
import { describe, expect, it } from "vitest";
import { Pace } from "../../../../runtime/kafka/commit/pace.js";

const newPace = () => new Pace({ intervalMs: 100, maxShare: 0.5 });

describe("a checkpoint is due", () => {
  it("at once when there was none", () => {
    expect(newPace().dueInMs(0)).toBeLessThanOrEqual(0);
  });

  it("an interval after the last one began, however long that took", () => {
    const pace = newPace();
    pace.began(1_000);
    pace.ended(30);
    expect([1_000, 1_030, 1_099, 1_100, 1_500].map((now) => pace.dueInMs(now))).toEqual([100, 70, 1, 0, -400]);
  });

  it("later when checkpoints take more than their share of the time", () => {
    const pace = newPace();
    pace.began(0);
    pace.ended(80);
    expect(pace.dueInMs(0)).toBe(160);
  });

  it("at the interval again once they are cheap, and not for a single cheap one", () => {
    const pace = newPace();
    pace.ended(200);
    expect(pace.spacingMs).toBe(400);
    pace.ended(10);
    expect(pace.spacingMs).toBeGreaterThan(300);
    for (let checkpoint = 0; checkpoint < 20; checkpoint++) pace.ended(10);
    expect(pace.spacingMs).toBe(100);
  });

  it("hardly later for a single dear one among cheap ones", () => {
    const pace = newPace();
    for (let checkpoint = 0; checkpoint < 20; checkpoint++) pace.ended(10);
    pace.ended(200);
    expect(pace.spacingMs).toBeLessThan(110);
  });
});

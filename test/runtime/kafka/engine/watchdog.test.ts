/** Who has work must make progress; who has none must be heard as a member; nobody is blamed for a machine that slept. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StalledError } from "../../../../runtime/kafka/engine-errors.js";
import { Watchdog, type Watched } from "../../../../runtime/kafka/watchdog.js";
import { FencedError } from "../../../../runtime/kafka/wire/index.js";

const STALL_MS = 10_000;

class Part implements Watched {
  readonly subTopology = "part";
  work = "3 records wait";
  hasWork = true;
  isReady = true;
  progressMs = 0;
  asked = 0;
  isMember = true;
  readonly abandonedWith: Error[] = [];

  async checkMembership(): Promise<void> {
    this.asked += 1;
    if (!this.isMember) throw new FencedError("no member");
  }

  abandon(error: Error): void {
    this.abandonedWith.push(error);
  }
}

let clockMs = 0;
let part: Part;
let watchdog: Watchdog;

beforeEach(() => {
  vi.useFakeTimers();
  clockMs = 0;
  part = new Part();
  watchdog = new Watchdog(() => [part], { stallTimeoutMs: STALL_MS, nowMs: () => clockMs });
  watchdog.start();
});
afterEach(() => {
  watchdog.stop();
  vi.useRealTimers();
});

/** A second at a time, as the looks come. */
async function pass(seconds: number, each: () => void = () => undefined): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clockMs += 1_000;
    each();
    await vi.advanceTimersByTimeAsync(1_000);
  }
}

describe("a part that has work", () => {
  it("and makes progress is left alone", async () => {
    await pass(60, () => {
      part.progressMs = clockMs;
    });
    expect([part.abandonedWith, part.asked]).toEqual([[], 0]);
  });

  it("and makes none is given up, but not before its time", async () => {
    await pass(10);
    expect(part.abandonedWith).toEqual([]);
    await pass(1);
    expect(part.abandonedWith[0]).toBeInstanceOf(StalledError);
    expect(part.abandonedWith[0]?.message).toContain("part has made no progress for 11 s, and 3 records wait: ");
  });

  it("is not blamed for what was before the watch began", async () => {
    watchdog.stop();
    clockMs = 500_000;
    watchdog.start();
    await pass(10);
    expect(part.abandonedWith).toEqual([]);
  });

  it("is not blamed for a time in which the process stood still", async () => {
    await pass(9);
    clockMs += 300_000;
    await pass(10);
    expect(part.abandonedWith).toEqual([]);
    await pass(2);
    expect(part.abandonedWith).not.toEqual([]);
  });
});

describe("a part that has no work", () => {
  beforeEach(() => {
    part.hasWork = false;
  });

  it("is never stalled, and is asked every ten seconds whether it still is a member", async () => {
    await pass(60);
    expect(part.abandonedWith).toEqual([]);
    expect(part.asked).toBeGreaterThanOrEqual(5);
    expect(part.asked).toBeLessThanOrEqual(6);
  });

  it("is not asked soon after it made progress", async () => {
    await pass(60, () => {
      part.progressMs = clockMs - 5_000;
    });
    expect(part.asked).toBe(0);
  });

  it("and is no member any more is given up, with the reason", async () => {
    part.isMember = false;
    await pass(11);
    expect(part.abandonedWith[0]).toBeInstanceOf(StalledError);
    expect(part.abandonedWith[0]?.message).toContain("part has no work, and is not heard as a member: no member");
    expect(part.abandonedWith[0]?.cause).toBeInstanceOf(FencedError);
  });

  it("and has found out by itself is left to mend it", async () => {
    part.isMember = false;
    part.isReady = false;
    await pass(11);
    expect([part.asked > 0, part.abandonedWith]).toEqual([true, []]);
  });
});

it("looks no more once it is stopped, and what it asked before changes nothing", async () => {
  part.hasWork = false;
  let refuse: (error: Error) => void = () => undefined;
  part.checkMembership = () => new Promise((_, reject) => (refuse = reject));
  await pass(11);
  watchdog.stop();
  refuse(new FencedError("late"));
  part.hasWork = true;
  await pass(60);
  expect(part.abandonedWith).toEqual([]);
});

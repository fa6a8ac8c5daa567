/** The live topics as a replay's tasks read them. */
import { describe, expect, it } from "vitest";
import { BoundedInput } from "../../../runtime/replay/bounded-input.js";
import { InputExpiredError, ReplayInterruptedError } from "../../../runtime/replay/errors.js";
import { MemoryLog } from "./memory-log.js";

const RANGE = { topic: "a", partition: 0, startOffset: 0, fromOffset: 3, toOffset: 8 };
const running = () => new AbortController().signal;
const offsets = ({ records }: { records: readonly { offset: number }[] }) => records.map(({ offset }) => offset);
/** Offsets 2, 3, 5 and 6 are of markers and of what was aborted. */
const log = () =>
  new MemoryLog(2).put(
    "a",
    0,
    [0, 1, 4, 7, 8, 9].map((offset) => ({ offset })),
    12,
  );

describe("input within its range", () => {
  it("ends where the range begins, until it is opened, and then where it ends", async () => {
    const input = new BoundedInput(log(), [RANGE], running());
    expect([input.startOffset("a", 0), input.endOffset("a", 0)]).toEqual([0, 3]);
    const first = await input.read("a", 0, 0);
    expect([offsets(first), first.nextOffset]).toEqual([[0, 1], 2]);
    const rest = await input.read("a", 0, 2);
    expect([offsets(rest), rest.nextOffset]).toEqual([[], 3]);
    input.openRange();
    expect(input.endOffset("a", 0)).toBe(8);
    const range = await input.read("a", 0, 3);
    expect([offsets(range), range.nextOffset]).toEqual([[4, 7], 8]);
  });

  it("that retention overtakes is an error that names the gap: it is never jumped over", async () => {
    const live = log();
    const input = new BoundedInput(live, [RANGE], running());
    input.openRange();
    await input.read("a", 0, 0);
    live.expireTo("a", 0, 6);
    const error = await input.read("a", 0, 2).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InputExpiredError);
    expect(error).toMatchObject({
      message: expect.stringContaining("a, partition 0: the offsets 2 to 5 have expired"),
    });
  });

  it("is not read any more when the replay is asked to stop", async () => {
    const asked = new AbortController();
    const input = new BoundedInput(log(), [RANGE], asked.signal);
    asked.abort();
    await expect(input.read("a", 0, 0)).rejects.toThrow(ReplayInterruptedError);
  });

  it("fails as the log fails", async () => {
    const input = new BoundedInput(new MemoryLog(), [RANGE], running());
    await expect(input.read("a", 0, 0)).rejects.toThrow("no a-0");
  });
});

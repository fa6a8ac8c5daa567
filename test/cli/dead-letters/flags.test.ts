/** What `dead-letters` takes on its command line, and what it refuses before it opens anything. */
import { expect, it } from "vitest";
import { deadLettersCommand } from "../../../cli/commands/dead-letters.js";
import { filterOf, limitOf, placesOf } from "../../../cli/dead-letters/flags.js";
import { UsageError } from "../../../cli/errors.js";

it.each([
  [["list", "--limit", "0"], "--limit"],
  [["list", "--limit", "10001"], "--limit"],
  [["list", "--limit", "-1"], "--limit"],
  [["list", "--since", "yesterday"], "--since"],
  // It would be another time on another machine.
  [["list", "--since", "2026-07-28T09:30:00"], "--since"],
  [["list", "--since", "2026-13-01"], "--since"],
  [["show", "3"], "PLACE"],
  [["show", "\u001b[2J"], "PLACE"],
  [["show", "0:0", "--raw", "--json"], "--raw and --json"],
  [["resend"], "PLACE"],
  [["resend", "0:0", "--all"], "PLACE and --all"],
  [["resend", "0:0", "--since", "2026-07-28"], "--since"],
  [["resend", "0:0", "--code", "BAD_KEY"], "--code"],
  [["resend", "0:0", "x"], "PLACE"],
  [["resend", ...Array.from({ length: 1_001 }, (_, offset) => `0:${offset}`)], "at most 1000"],
  [["list", "--engine", "kafka"], "--brokers"],
  [["list", "--engine", "rabbit"], "--engine"],
  [["list", "--data-dir", "nowhere/at/all"], "--data-dir"],
])("refuses %j, naming %s", async (args, named) => {
  const command = deadLettersCommand(() => undefined);
  const parsed = command.parseAsync(args, { from: "user" });
  await expect(parsed).rejects.toThrow(UsageError);
  const error = await parsed.catch(String);
  expect(error).toContain(named);
  expect(error).not.toContain("\u001b");
});

it("takes times with their zone, and dates", () => {
  expect(filterOf({ since: "2026-07-28T09:30:00+02:00", code: "A", topic: "t" })).toEqual({
    sinceMs: Date.UTC(2026, 6, 28, 7, 30),
    code: "A",
    topic: "t",
  });
  expect(filterOf({ since: "2026-07-28" })).toEqual({ sinceMs: Date.UTC(2026, 6, 28) });
  expect(filterOf({})).toEqual({});
  expect(limitOf("10000")).toBe(10_000);
});

it("takes places once each, in the order of the topic", () => {
  expect(placesOf(["0:10", "0:9", "0:10"])).toEqual([
    { partition: 0, offset: 9 },
    { partition: 0, offset: 10 },
  ]);
});

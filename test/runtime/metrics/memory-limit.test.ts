/** How much memory the process may use, by what a process without and with a limit says. */
import { totalmem } from "node:os";
import { expect, it } from "vitest";
import { memoryLimitBytes } from "../../../runtime/metrics/memory-limit.js";
import { openMetered, samples } from "./support.js";

const MACHINE = 8_000_000_000;

it.each([
  ["nothing is said of a limit", undefined, MACHINE],
  ["Node says 0 for no limit", 0, MACHINE],
  ["a control group of the first version says no limit", 2 ** 63, MACHINE],
  ["one of the second version says no limit", 2 ** 64, MACHINE],
  ["a limit is set", 512_000_000, 512_000_000],
  ["a limit is set beyond the machine", 16_000_000_000, MACHINE],
])("when %s", (_, constrained, expected) => {
  expect(memoryLimitBytes({ constrained, total: MACHINE })).toBe(expected);
});

it("is that of this process where it is told", async () => {
  const [told] = await samples(await openMetered(), "memory_limit_bytes");
  expect(told).toBe(String(memoryLimitBytes()));
  expect(memoryLimitBytes()).toBeLessThanOrEqual(totalmem());
});

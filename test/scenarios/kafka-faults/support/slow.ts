/** Outcomes for which one has to wait long: seen with FAULT_OUTCOMES=all (as in .ci/run) or LONG=1, and named when they are left out. */
import { it } from "vitest";

const ALL = process.env.FAULT_OUTCOMES === "all" || process.env.LONG === "1";

/** As `it`. */
export function slowly(name: string, test: () => Promise<void>): void {
  if (ALL) it(name, test);
  else it.skip(`${name} [SKIPPED: set FAULT_OUTCOMES=all]`, test);
}

/** What one has to wait long for: seen with FAULT_OUTCOMES=all (as in .ci/run) or LONG=1, and named when it is left out. */
import { it } from "vitest";

export const ALL_OUTCOMES = process.env.FAULT_OUTCOMES === "all" || process.env.LONG === "1";
/** Behind the name of a test. */
export const LEFT_OUT = ALL_OUTCOMES ? "" : " [SKIPPED: set FAULT_OUTCOMES=all]";

/** `it`, or where that is left out, `it.skip`: say so in the name with {@link LEFT_OUT}. */
export const itSlowly: typeof it | typeof it.skip = ALL_OUTCOMES ? it : it.skip;

/** As `it`. */
export function slowly(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  itSlowly(`${name}${LEFT_OUT}`, test, timeoutMs);
}

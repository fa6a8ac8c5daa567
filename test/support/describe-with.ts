/** Tests that need what a machine may lack: they are skipped where everybody sees it, or fail where nothing may be skipped. */
import { describe, it } from "vitest";

const said = new Set<string>();

/**
 * As `describe`. With something missing its tests are skipped, with the reason in their name; where
 * `QUEUE_RATCHET_TESTS_REQUIRE_ALL=1`, one fails with it instead.
 *
 * @param missing a sentence for each part that is missing, and how to get it.
 */
export function describeWith(name: string, missing: readonly string[], tests: () => void): void {
  const reason = missing.join("; ");
  if (reason === "") {
    describe(name, tests);
  } else if (process.env.QUEUE_RATCHET_TESTS_REQUIRE_ALL === "1") {
    describe(name, () => {
      it("has what it needs", () => {
        throw new Error(`QUEUE_RATCHET_TESTS_REQUIRE_ALL=1, but ${reason}`);
      });
    });
  } else {
    if (!said.has(reason)) console.warn(`SKIPPED: ${name}: ${reason}`);
    said.add(reason);
    describe.skip(`${name} [SKIPPED: ${reason}]`, tests);
  }
}

/** Tests that need real servers: they get them, or are skipped where everybody sees it, and say which logs to read. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, it } from "vitest";
import { missingFor, type Needs } from "./missing.js";
import { Servers } from "./servers.js";

// The first start of all fetches what it starts.
const STARTED_WITHIN_MS = 600_000;

const said = new Set<string>();

/**
 * As `describe`. Without what it needs its tests are skipped, with the reason in their name; where
 * `QUEUE_RATCHET_TESTS_REQUIRE_ALL=1`, they fail with it instead.
 */
export function describeWithKafka(name: string, needs: Needs, tests: (servers: Servers) => void): void {
  const missing = missingFor(needs).join("; ");
  const servers = new Servers(needs);
  if (missing === "") {
    describeRunning(name, servers, tests);
  } else if (process.env.QUEUE_RATCHET_TESTS_REQUIRE_ALL === "1") {
    describe(name, () => {
      it("has what it needs", () => {
        throw new Error(`QUEUE_RATCHET_TESTS_REQUIRE_ALL=1, but ${missing}`);
      });
    });
  } else {
    if (!said.has(missing)) console.warn(`SKIPPED: ${name}: ${missing}`);
    said.add(missing);
    describe.skip(`${name} [SKIPPED: ${missing}]`, () => tests(servers));
  }
}

function describeRunning(name: string, servers: Servers, tests: (servers: Servers) => void): void {
  describe(name, () => {
    beforeAll(() => servers.start(), STARTED_WITHIN_MS);
    afterAll(() => servers.stop());
    beforeEach(({ onTestFailed }) => {
      onTestFailed(() => {
        for (const file of servers.keepLogs()) console.error(`a server's log: ${file}`);
      });
    });
    tests(servers);
  });
}

/** A name that no other test has: on a shared cluster, topics, groups and transactional ids are everybody's. */
export function uniqueTopic(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}

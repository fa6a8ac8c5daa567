/** Tests that need real servers: they get them, or are skipped where everybody sees it, and say which logs to read. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { describeWith } from "../../describe-with.js";
import { ALL_OUTCOMES, LEFT_OUT } from "../../slow.js";
import { missingFor, type Needs } from "./missing.js";
import { Servers } from "./servers.js";

// The first start of all fetches what it starts.
const STARTED_WITHIN_MS = 600_000;

/** As `describeWith`: without what it needs its tests are skipped, by name, or fail. */
export function describeWithKafka(name: string, needs: Needs, tests: (servers: Servers) => void): void {
  const servers = new Servers(needs);
  if (needs.isLong === true && !ALL_OUTCOMES) {
    describe.skip(`${name}${LEFT_OUT}`, () => tests(servers));
    return;
  }
  describeWith(name, missingFor(needs), () => {
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

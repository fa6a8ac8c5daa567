// Prints the closing line over all tests, and fails when one failed, none ran, or one was skipped where all are required.
import { readFileSync } from "node:fs";

const [, , ...files] = process.argv;
const runs = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
const success = runs.every((run) => run.success);
const count = { passed: 0, failed: 0, skipped: 0 };
for (const { status, message, name, assertionResults } of runs.flatMap(({ testResults }) => testResults)) {
  // A file that does not even load has no tests in it.
  if (status === "failed" && assertionResults.length === 0) {
    count.failed += 1;
    console.error(`${name}: ${message}`);
  }
  for (const result of assertionResults) {
    if (result.status === "passed") count.passed += 1;
    else if (result.status === "failed") count.failed += 1;
    else {
      count.skipped += 1;
      console.error(`skipped: ${result.fullName}`);
    }
  }
}
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
const requireAll = process.env.QUEUE_RATCHET_TESTS_REQUIRE_ALL === "1";
process.exitCode = success && count.passed > 0 && count.failed === 0 && !(requireAll && count.skipped > 0) ? 0 : 1;

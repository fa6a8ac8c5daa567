/** The order of the test files: those that take long begin first, so that no worker waits for one of them at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Parts of paths, the longest first. Others follow in vitest's own order. */
const LONG = [
  "test/faults/faults.test.ts",
  "test/scenarios/kafka-faults/",
  "test/support/verifier/",
  "test/cli/start-kafka.test.ts",
  "test/cli/try.test.ts",
  "test/scenarios/kill.test.ts",
  "test/scenarios/webhooks/",
  "test/faults/mutants/",
  "test/project/package.test.ts",
  "test/scenarios/consumer/",
  "test/scenarios/kafka/",
  "test/cli/explain.test.ts",
  "test/runtime/kafka/wire/writer/loss.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((part) => moduleId.includes(part));
      return at < 0 ? LONG.length : at;
    };
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

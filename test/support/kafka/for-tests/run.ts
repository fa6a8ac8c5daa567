/** One run of the tests: a folder that its workers share, told to them by the global set-up. */
import { inject } from "vitest";

export interface TestRun {
  /** Not there until a worker needs it. */
  readonly folder: string;
  /** The process with whose end the run is over. */
  readonly owner: number;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly testRun: TestRun;
  }
}

export function testRun(): TestRun {
  const run: TestRun | undefined = inject("testRun");
  if (run === undefined) {
    throw new Error(
      "vitest ran without test/support/kafka/for-tests/global-setup.ts: name it as globalSetup in its config",
    );
  }
  return run;
}

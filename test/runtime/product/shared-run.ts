/** One engine for the tests of a group. */
import { afterAll, beforeAll } from "vitest";
import type { ProductSettings } from "../../../topology/index.js";
import type { ProductHost } from "./host.js";
import { ProductRun } from "./product-run.js";

/** @returns what gives it, in tests */
export function sharedRun(
  host: ProductHost,
  settings: Partial<ProductSettings>,
  first: (run: ProductRun) => Promise<void>,
) {
  let run: ProductRun | null = null;
  beforeAll(async () => {
    run = await ProductRun.start(host, settings);
    await first(run);
  });
  afterAll(() => run?.close());
  return (): ProductRun => {
    if (run === null) throw new Error("not there while tests are only collected");
    return run;
  };
}

/** How often a property is tried, and from which seed; printed, so that a run can be had again with SEED. */
import type { Parameters } from "fast-check";

export function propertyRuns<T>(numRuns: number): Parameters<T> {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  console.log(`SEED=${seed}, ${numRuns} runs`);
  return { numRuns, seed };
}

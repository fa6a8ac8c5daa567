/** Waits for a condition, with a bound. */
import { setTimeout as delay } from "node:timers/promises";
import { patient } from "../../patience.js";

/** @returns whether the condition held within the time; it is asked at least once. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 25,
): Promise<boolean> {
  const endMs = performance.now() + patient(withinMs);
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= endMs) return false;
    await delay(everyMs);
  }
}

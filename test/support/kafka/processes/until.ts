/** Waits for a condition, with a bound. */
import { setTimeout as delay } from "node:timers/promises";
import { patient } from "../../patience.js";

/** A look that comes so much later than it was to come: the machine stood still, for everybody. */
const STOOD_STILL_MS = 1_000;

/** @returns whether the condition held within the time; it is asked at least once. Time in which the machine stood still does not count. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 25,
): Promise<boolean> {
  let endMs = performance.now() + patient(withinMs);
  for (;;) {
    if (await condition()) return true;
    const beforeMs = performance.now();
    if (beforeMs >= endMs) return false;
    await delay(everyMs);
    const lateMs = performance.now() - beforeMs - everyMs;
    if (lateMs > STOOD_STILL_MS) endMs += lateMs;
  }
}

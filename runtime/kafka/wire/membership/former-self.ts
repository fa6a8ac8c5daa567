/** Leaving on behalf of a former self that died without a good-bye (K23), so that nobody waits for its session to end. */
import { setTimeout as delay } from "node:timers/promises";
import type { Deadline } from "../deadline.js";
import type { Coordination } from "./coordination.js";

const LOOK_AGAIN_AFTER_MS = 20;

/**
 * Waits until somebody else is in the group, which is the new self that is joining: a group that is left by its only member is
 * empty, and lets whoever comes next wait for others (group.initial.rebalance.delay.ms, 3 s).
 * @throws DeadlineError, RefusedError
 */
export async function leaveFor(
  formerMemberId: string,
  coordination: Coordination,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    if (signal.aborted) return;
    const { memberIds } = await coordination.describe(deadline);
    if (!memberIds.includes(formerMemberId)) return;
    if (memberIds.length > 1 || deadline.passed) break;
    await delay(LOOK_AGAIN_AFTER_MS);
  }
  await coordination.leave(formerMemberId, deadline);
}

/** `QUEUE_RATCHET_CRASH_AT=LABEL[:N]`: tests let the service die at a labelled place, the Nth time it comes by. */
import { CRASH_POINTS, type CrashPoints, noCrashPoints } from "../../runtime/crash-points.js";
import { UsageError } from "../errors.js";

const VARIABLE = "QUEUE_RATCHET_CRASH_AT";

/** @throws UsageError for a label that there is not. */
export function crashPointsOf(environment: NodeJS.ProcessEnv): CrashPoints {
  const text = environment[VARIABLE];
  if (!text) return noCrashPoints;
  const [label, nth = "1"] = text.split(":");
  if (!CRASH_POINTS.some((point) => point === label) || !/^[1-9]\d{0,8}$/.test(nth))
    throw new UsageError(`${VARIABLE}: expected LABEL or LABEL:N, with one of the labels ${CRASH_POINTS.join(", ")}`);
  let left = Number(nth);
  return {
    hit(point) {
      if (point !== label) return;
      left -= 1;
      if (left > 0) return;
      process.kill(process.pid, "SIGKILL");
      // The signal may take a moment, in which nothing may happen.
      for (;;);
    },
  };
}

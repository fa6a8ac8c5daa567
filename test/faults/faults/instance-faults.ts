/** Faults of instances: killed at any step and any time, stopped for long, restarted in a row, started with nothing. */
import { setTimeout as delay } from "node:timers/promises";
import type { KAFKA_CRASH_POINTS } from "../../../runtime/crash-points.js";
import { SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS } from "../settings.js";
import { between, type Fault } from "./fault.js";

const CRASHES_WITHIN_MS = 60_000;
const RESTARTS_IN_A_STORM = 4;

/** How often a label may be passed before the crash: those of a start are passed once or twice in a life. */
const PASSED_MAX: Readonly<Record<(typeof KAFKA_CRASH_POINTS)[number], number>> = {
  "kafka.before-begin": 6,
  "kafka.after-offsets": 6,
  "kafka.before-commit": 6,
  "kafka.after-commit": 6,
  "kafka.after-store": 6,
  "kafka.after-fence": 2,
  "kafka.restoring": 1,
};

/** `kill -9` at a labelled step. */
export function crashAt(label: keyof typeof PASSED_MAX): Fault {
  return ({ fleet, random, problem }) =>
    fleet.harmInstance(async (instance) => {
      await (random() < 0.5 ? instance.kill() : instance.stop());
      // With its rows it has nothing to restore.
      if (label === "kafka.restoring") instance.emptyFolder();
      const at = `${label}:${between(random, 1, PASSED_MAX[label] + 1)}`;
      instance.start(at);
      if (!(await instance.diesWithin(CRASHES_WITHIN_MS))) {
        problem(`${instance.name} did not come by ${at} within ${CRASHES_WITHIN_MS} ms, or ended before`);
        await instance.kill();
      }
      await delay(between(random, 0, 500));
      instance.start();
    });
}

export const kill: Fault = ({ fleet, random }) =>
  fleet.harmInstance(async (instance) => {
    await delay(between(random, 0, 1_000));
    await instance.kill();
    await delay(between(random, 0, 2_000));
    instance.start();
  });

/** Longer than the session and the transaction timeout: it wakes up as a zombie. */
export const stall: Fault = ({ fleet, random }) =>
  fleet.harmInstance(async (instance) => {
    const longerThanMs = Math.max(SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS);
    instance.pause();
    await delay(longerThanMs + between(random, 500, 2_000));
    instance.resume();
    await delay(between(random, 500, 1_500));
  });

/** Comes and goes faster than a group settles. */
export const rebalanceStorm: Fault = ({ fleet, random }) =>
  fleet.harmInstance(async (instance) => {
    for (let restart = 0; restart < RESTARTS_IN_A_STORM; restart++) {
      await (random() < 0.3 ? instance.kill() : instance.stop());
      instance.start();
      await delay(between(random, 200, 1_500));
    }
  });

export const emptyFolder: Fault = ({ fleet, random }) =>
  fleet.harmInstance(async (instance) => {
    await (random() < 0.5 ? instance.kill() : instance.stop());
    instance.emptyFolder();
    instance.start();
    await delay(between(random, 500, 2_000));
  });

/** Killed while, or shortly before or after, it restores. */
export const killWhileRestoring: Fault = ({ fleet, random }) =>
  fleet.harmInstance(async (instance) => {
    await instance.kill();
    instance.emptyFolder();
    instance.start();
    await delay(between(random, 500, 3_000));
    await instance.kill();
    instance.start();
  });

/** Starts something for the first worker that asks; the others of the run get the same. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { until } from "../processes/index.js";
import { testRun } from "./run.js";

// The first start of all fetches what it starts.
const STARTED_WITHIN_MS = 600_000;

export interface Place {
  readonly folder: string;
  readonly owner: number;
}

/**
 * @param name also of its folder.
 * @param description of what `start` returns, in JSON.
 * @throws what `start` threw; in the other workers, its message.
 */
export async function oncePerRun<Started>(
  name: string,
  description: z.ZodType<Started>,
  start: (place: Place) => Promise<Started>,
): Promise<Started> {
  const { folder, owner } = testRun();
  mkdirSync(folder, { recursive: true });
  const outcome = join(folder, `${name}.json`);
  const starter = join(folder, `${name}.starter`);
  if (!claim(starter)) return theirs(name, description, outcome, starter);
  try {
    const started = await start({ folder: join(folder, name), owner });
    publish(outcome, { started });
    return started;
  } catch (error) {
    publish(outcome, { failed: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** @returns whether this process is the one to start it. */
function claim(starter: string): boolean {
  try {
    writeFileSync(starter, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** As a whole or not at all. */
function publish(outcome: string, content: object): void {
  writeFileSync(`${outcome}.new`, JSON.stringify(content));
  renameSync(`${outcome}.new`, outcome);
}

async function theirs<Started>(
  name: string,
  description: z.ZodType<Started>,
  outcome: string,
  starter: string,
): Promise<Started> {
  await until(() => existsSync(outcome) || isDead(starter), STARTED_WITHIN_MS);
  if (!existsSync(outcome)) throw new Error(`the worker that was starting ${name} for this run has ended or is stuck`);
  const { started, failed } = z
    .object({ started: description.optional(), failed: z.string().optional() })
    .parse(JSON.parse(readFileSync(outcome, "utf8")));
  if (started === undefined) throw new Error(`${name} could not be started by another worker of this run: ${failed}`);
  return started;
}

function isDead(starter: string): boolean {
  const pid = Number(readFileSync(starter, "utf8"));
  // Claimed, and its id not written yet.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

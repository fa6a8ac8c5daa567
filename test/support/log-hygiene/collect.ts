/** Looks through what the program logs, in every test that runs it, for what must never be logged; the run fails with what was found. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { leaksIn } from "./markers.js";

/** Where the workers of a run leave what they found. */
const FOLDER_VARIABLE = "QUEUE_RATCHET_TEST_LEAKS";

export function collectIn(folder: string): void {
  process.env[FOLDER_VARIABLE] = folder;
}

/** A line that the service printed: what is not of its log (the timeline of the demo) may name ids. */
export function lookAtLine(line: string, where: string): void {
  if (isLogLine(line)) lookAt(line, where);
}

/** @param where whose output it is: what the run says when something is found. */
export function lookAt(text: string, where: string): void {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) return;
  // That something was looked at is kept, too: a run that looked at nothing has proved nothing.
  appendFileSync(join(folder, `looked-${process.pid}`), ".");
  const leaks = leaksIn(text);
  if (leaks.length > 0)
    appendFileSync(join(folder, `leaks-${process.pid}`), `${where}: ${leaks.join(", ")}: ${text}\n`);
}

/** @returns what was found by all workers, and at how many texts they have looked. */
export function collected(folder: string): { readonly leaks: readonly string[]; readonly looked: number } {
  if (!existsSync(folder)) return { leaks: [], looked: 0 };
  const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
  const leaks = files.filter(({ name }) => name.startsWith("leaks-")).flatMap(({ text }) => text.trim().split("\n"));
  const looked = files.filter(({ name }) => name.startsWith("looked-")).reduce((sum, { text }) => sum + text.length, 0);
  return { leaks, looked };
}

function isLogLine(line: string): boolean {
  if (!line.startsWith("{")) return false;
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === "object" && parsed !== null && "msg" in parsed && "level" in parsed;
  } catch {
    return false;
  }
}

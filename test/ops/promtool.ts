/** Runs Prometheus' own tool over ops/prometheus, and over copies of it in which something is changed. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { onPath } from "../support/on-path.js";

export const FOLDER = fileURLToPath(new URL("../../ops/prometheus/", import.meta.url));
export const NO_PROMTOOL = onPath("promtool")
  ? []
  : ["there is no promtool: apt-get install --no-install-recommends prometheus"];

export function promtool(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder, encoding: "utf8", timeout: 60_000 });
  return { status, said: stdout + stderr };
}

/** A copy in which these files are changed. It goes when the test ends. */
export function copyWith(changes: Readonly<Record<string, (content: string) => string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(FOLDER, folder, { recursive: true });
  for (const [file, change] of Object.entries(changes)) {
    const path = join(folder, file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  }
  return folder;
}

/** @throws Error when the text is not there exactly once */
export function replaceOnce(content: string, find: string, replace: string): string {
  const parts = content.split(find);
  if (parts.length !== 2) throw new Error(`"${find}" is there ${parts.length - 1} times`);
  return parts.join(replace);
}

/** Which program a process id belongs to now: the one that had it yesterday may be gone. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** @returns whether a process with this id runs, and its command line contains `mark`. A zombie has no command line. */
export function runs(pid: number, mark: string): boolean {
  return commandLine(pid).includes(mark);
}

function commandLine(pid: number): string {
  if (existsSync("/proc/self/cmdline")) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    } catch {
      return "";
    }
  }
  return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
}

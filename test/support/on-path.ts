/** Whether this machine has a program. */
import { spawnSync } from "node:child_process";

export function onPath(command: string): boolean {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", command], { stdio: "ignore" }).status === 0;
}

/** Ends the processes of a folder when their owner is gone, however that ended: SIGKILL leaves no time to tidy up. */
import { spawn } from "node:child_process";

// It leaves by itself once the folder's "running" mark is removed, and asks only once a second.
const SCRIPT = `
owner=$1 folder=$2
owned() { kill -0 "$owner" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$owner/status"; }
while owned && [ -e "$folder/running" ]; do sleep 1; done
[ -e "$folder/running" ] || exit 0
for file in "$folder"/*.pid; do
  [ -e "$file" ] || continue
  pid=$(cat "$file")
  arguments=$(tr '\\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" || ps -o args= -p "$pid")
  case "$arguments" in *"$folder"*) kill -9 "$pid" ;; esac
done
sleep 0.2
rm -rf "$folder"
`;

export function watch(folder: string, owner: number): void {
  spawn("sh", ["-c", SCRIPT, "queue-ratchet-watcher", String(owner), folder], {
    detached: true,
    stdio: "ignore",
  }).unref();
}

/** Starts a member in a process of its own, which leaves its group without a good-bye. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const LOADER = path("../../../../embedded/support/child-loader.mjs");

/** A member that owns all partitions of the topic, and is killed then. @returns its id */
export async function killedMember(bootstrap: string, groupId: string, topic: string): Promise<string> {
  const child = spawn(process.execPath, ["--import", LOADER, path("child.ts"), bootstrap, groupId, topic], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const gone = once(child, "exit");
  let memberId: string | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("id ")) memberId = line.slice("id ".length);
    if (line === "joined") break;
  }
  child.kill("SIGKILL");
  await gone;
  if (memberId === null) throw new Error("the member ended before it had an id");
  return memberId;
}

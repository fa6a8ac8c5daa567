/** A disk of a few megabytes, where this user may mount one. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const isRoot = process.getuid?.() === 0;

/** Why no small disk can be had; null when it can. */
export const noSmallDisk: string | null = whyNone();

function whyNone(): string | null {
  if (!isRoot) return "mounting a small disk needs root";
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"], { stdio: "pipe" });
    return null;
  } catch (error) {
    return `mounting a small disk is not permitted (${error instanceof Error ? error.message.split("\n")[0] : error})`;
  }
}

/** Said in a test's name when it is skipped. */
export const skippedBecause = (why: string | null): string => (why === null ? "" : ` [SKIPPED: ${why}]`);

/** @returns its folder; it is gone when the test is finished. */
export async function smallDisk(sizeBytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", folder]);
  onTestFinished(async () => {
    execFileSync("umount", ["--lazy", folder]);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

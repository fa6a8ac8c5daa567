/** Ends what the workers of a run share. It costs nothing where no test asked for it. */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { ProcessFolder } from "../processes/index.js";

export default function setup(project: TestProject): () => Promise<void> {
  const folder = join(tmpdir(), `queue-ratchet-run-${randomUUID()}`);
  project.provide("testRun", { folder, owner: process.pid });
  return async () => {
    if (!existsSync(folder)) return;
    const entries = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries.filter((one) => one.isDirectory())) {
      await ProcessFolder.find(join(folder, entry.name))?.end();
    }
    // A folder that is still there holds the logs which a failed test has named.
    const kept = entries.some((entry) => entry.isDirectory() && existsSync(join(folder, entry.name)));
    if (!kept) rmSync(folder, { recursive: true, force: true });
  };
}

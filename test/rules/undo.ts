/** Undoes a rule in a copy of the project, and sees which of its tests fail there. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Rule, Undo } from "./rules.js";

const COPIED = [
  "processors",
  "runtime",
  "schemas",
  "test",
  "topology",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];
const TESTED_WITHIN_MS = 300_000;

const REPORT = z.object({
  testResults: z.array(z.object({ assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })) })),
});

export interface Undone {
  readonly failed: readonly string[];
  readonly passed: number;
}

/**
 * @param files those with tests of the rule
 * @throws Error when the text to be replaced is not there exactly once: the rule's list has to be brought up to date
 */
export async function testsWithout(root: string, rule: Rule, undo: Undo, files: readonly string[]): Promise<Undone> {
  const copy = mkdtempSync(join(tmpdir(), "queue-ratchet-undone-"));
  try {
    for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    edit(copy, undo);
    const report = join(copy, "report.json");
    await vitest(copy, [
      "--reporter=json",
      `--outputFile=${report}`,
      "--bail=0",
      "--retry=0",
      "-t",
      `\\b${rule.id}\\b`,
      ...files,
    ]);
    const results = REPORT.parse(JSON.parse(readFileSync(report, "utf8"))).testResults.flatMap(
      ({ assertionResults }) => assertionResults,
    );
    return {
      failed: results.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
      passed: results.filter(({ status }) => status === "passed").length,
    };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function edit(root: string, { file, find, replace }: Undo): void {
  const text = readFileSync(join(root, file), "utf8");
  if (text.split(find).length !== 2) throw new Error(`${file} does not have this exactly once: ${find}`);
  writeFileSync(
    join(root, file),
    text.replace(find, () => replace),
  );
}

/** It fails as it should: what counts is the report. */
function vitest(folder: string, args: readonly string[]): Promise<void> {
  const program = join(folder, "node_modules", "vitest", "vitest.mjs");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, "run", "--testTimeout=30000", ...args],
      { cwd: folder, timeout: TESTED_WITHIN_MS, maxBuffer: 2 ** 28 },
      () => resolve(),
    );
  });
}

/** A copy of the built program with one step of it undone. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import type { Undo } from "../../rules/rules.js";

const BUILT = ["cli", "console", "ingress", "processors", "runtime", "schemas", "topology"];
const COMPILER = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };

export interface Mutant {
  /** Its command line. */
  readonly program: string;
  remove(): void;
}

/**
 * @param root of the project, built.
 * @throws Error when the text to be replaced is not there exactly once: the list has to be brought up to date
 */
export function makeMutant(root: string, { file, find, replace }: Undo): Mutant {
  const text = readFileSync(join(root, file), "utf8");
  if (text.split(find).length !== 2) throw new Error(`${file} does not have this exactly once: ${find}`);
  const mutated = text.replace(find, () => replace);
  const copy = mkdtempSync(join(tmpdir(), "queue-ratchet-mutant-"));
  for (const name of BUILT) cpSync(join(root, "dist", name), join(copy, "dist", name), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const { outputText } = ts.transpileModule(mutated, { compilerOptions: COMPILER });
  writeFileSync(join(copy, "dist", file.replace(/\.ts$/, ".js")), outputText);
  return {
    program: join(copy, "dist", "cli", "main.js"),
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}

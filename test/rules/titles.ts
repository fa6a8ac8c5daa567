/** The titles of tests, as they stand in the files: which tests are named after which rules. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface RuleTest {
  readonly file: string;
  readonly title: string;
}

/** The first argument of a call: of `it`, of `describe`, and of what `it.each` gives. */
const TITLE = /\(\s*(["'`])([KE]\d+(?:,? [KE]\d+)*):? ((?:(?!\1).)+)\1/g;

/** @returns rule id to its tests, in the order of the files' names */
export function testsByRule(root: string): ReadonlyMap<string, readonly RuleTest[]> {
  const tests = new Map<string, RuleTest[]>();
  for (const file of testFiles(root)) {
    for (const [, , ids = "", title = ""] of readFileSync(join(root, file), "utf8").matchAll(TITLE)) {
      for (const id of ids.split(/,? /)) tests.set(id, [...(tests.get(id) ?? []), { file, title }]);
    }
  }
  return tests;
}

function testFiles(root: string): string[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name))
    .sort();
}

/**
 * `npm run test:rules` prints each rule and the tests that are named after it. With `-- --undo`, and perhaps the rules' names, it
 * also undoes each in a copy of the project and runs its tests there: they must fail. Ends with 1 when a rule is not held.
 */
import { ENGINE_RULES } from "./engine-rules.js";
import { RULES as WIRE_RULES } from "./rules.js";
import { testsByRule } from "./titles.js";
import { testsWithout } from "./undo.js";

const RULES = [...WIRE_RULES, ...ENGINE_RULES];

const args = process.argv.slice(2);
const undoing = args.includes("--undo");
const named = args.filter((arg) => !arg.startsWith("--"));
const root = process.cwd();
const tests = testsByRule(root);

let missing = 0;
for (const rule of RULES.filter(({ id }) => named.length === 0 || named.includes(id))) {
  const own = tests.get(rule.id) ?? [];
  console.log(`${rule.id} (${rule.about}): ${rule.says}`);
  for (const { file, title } of own) console.log(`    ${file}: ${title}`);
  if (own.length === 0) {
    console.log(rule.about === "speed" ? "    no test: the benchmarks show it" : "    NO TEST");
    if (rule.about === "correctness") missing++;
  }
  if (!undoing) continue;
  for (const undo of rule.undone) {
    const { failed, passed } = await testsWithout(root, rule, undo, [...new Set(own.map(({ file }) => file))]);
    console.log(`    undone in ${undo.file}: ${failed.length} of its tests fail, ${passed} pass`);
    for (const name of failed) console.log(`      fails: ${name}`);
    if (failed.length === 0) missing++;
  }
}
process.exitCode = missing === 0 ? 0 : 1;

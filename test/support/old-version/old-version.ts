/**
 * The program as 0.1.0 was, as far as its state goes: a copy of the built one with the row codec, the row's schema and the row's
 * writer of that release, which know no version 2 and no first input. Everything else is as it is now.
 */
import { copyFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutant, makeMutant } from "../../faults/mutants/mutant.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FROZEN_CODEC = fileURLToPath(new URL("./row.mjs", import.meta.url));

/** 0.1.0 kept none. */
const NO_FIRST_INPUT = "export const withFirstInput = (_before, after) => after;\n";

/** Of the built project. @throws Error when the copy would not be what it is meant to be */
export function makeOldVersion(): Mutant {
  const copy = makeMutant(ROOT, {
    file: "schemas/writers.ts",
    find: "  AssignmentRow: assignmentRow,\n",
    replace: "  AssignmentRow: assignmentRowVersion1,\n",
  });
  const built = join(dirname(copy.program), "..");
  const schemas = join(built, "schemas");
  writeFileSync(join(built, "processors", "first-input.js"), NO_FIRST_INPUT);
  copyFileSync(FROZEN_CODEC, join(schemas, "row.js"));
  copyFileSync(join(ROOT, "schemas/released/0.1.0/assignment-row.avsc"), join(schemas, "assignment-row.avsc"));
  return copy;
}

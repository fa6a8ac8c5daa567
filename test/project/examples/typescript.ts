/** Examples in TypeScript, checked and compiled as a user's project would, with the built package installed in it. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed, runToEnd } from "../../support/kafka/processes/index.js";
import { ROOT } from "./documents.js";

const COMPILED_WITHIN_MS = 120_000;
/** What a reader has installed beside this package. */
const INSTALLED = ["@types", "node-sqlite3-wasm"];

const OPTIONS = {
  target: "ES2023",
  module: "NodeNext",
  moduleResolution: "NodeNext",
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ["node"],
};

/** Writes a `.js` beside each file. @throws Error with the compiler's words */
export async function compile(folder: string, files: readonly string[]): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(modules, { recursive: true });
  await symlink(ROOT, join(modules, "queue-ratchet"));
  for (const name of INSTALLED) await symlink(join(ROOT, "node_modules", name), join(modules, name));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS, files }));
  try {
    await runToEnd(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "--project", folder], {
      timeoutMs: COMPILED_WITHIN_MS,
    });
  } catch (error) {
    if (error instanceof CommandFailed) throw new Error(`${files.join(", ")}: ${error.message}`);
    throw error;
  }
}

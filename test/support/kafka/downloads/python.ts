/** A Python with the packages of the independent client. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "../processes/index.js";
import { cacheFolder, fetchOnce, isFilled } from "./cache.js";

const REQUIREMENTS = fileURLToPath(new URL("../independent-client/requirements.txt", import.meta.url));
const INSTALL_WITHIN_MS = 300_000;

/** Another Python or other packages are another environment: its links and binaries would not fit. */
function environmentFolder(pythonVersion: string): string {
  const pins = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 8);
  return cacheFolder(`python-${pythonVersion}-${pins}`);
}

/** @returns as `3.11`; null when there is no Python 3. */
export function pythonVersion(): string | null {
  return ask("import sys; print('%d.%d' % sys.version_info[:2])");
}

export function hasPythonEnvironment(): boolean {
  const version = pythonVersion();
  return version !== null && isFilled(environmentFolder(version));
}

/** Debian has the module in a package of its own. */
export const canMakePythonEnvironment = (): boolean => ask("import venv, ensurepip; print('yes')") !== null;

/** @returns the interpreter. */
export async function pythonWithClients(): Promise<string> {
  const version = pythonVersion();
  if (version === null) throw new Error("there is no python3 on the path");
  const folder = environmentFolder(version);
  await fetchOnce(folder, "the Python packages of the independent client", async (empty) => {
    await runToEnd("python3", ["-m", "venv", empty], { timeoutMs: INSTALL_WITHIN_MS });
    // Only ready-made packages: nothing is compiled here. Called as a module, since a moved environment's scripts break.
    const install = ["-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--requirement", REQUIREMENTS];
    await runToEnd(join(empty, "bin", "python"), install, { timeoutMs: INSTALL_WITHIN_MS });
  });
  return join(folder, "bin", "python");
}

function ask(program: string): string | null {
  const { status, stdout } = spawnSync("python3", ["-c", program], { encoding: "utf8", timeout: 30_000 });
  return status === 0 ? stdout.trim() : null;
}

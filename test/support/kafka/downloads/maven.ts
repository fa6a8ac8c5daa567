/** Calls Maven with the pom beside this room, which says what is fetched and in which version. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runToEnd } from "../processes/index.js";

const POM = fileURLToPath(new URL("../pom.xml", import.meta.url));
const FETCH_WITHIN_MS = 600_000;

export function version(of: "kafka" | "registry"): string {
  const found = new RegExp(`<${of}\\.version>(.+?)<`).exec(readFileSync(POM, "utf8"))?.[1];
  if (found === undefined) throw new Error(`${POM} has no property ${of}.version`);
  return found;
}

export async function maven(goal: string, folder: string, ...settings: readonly string[]): Promise<void> {
  await runToEnd("mvn", ["-q", "-B", "-f", POM, goal, `-DoutputDirectory=${folder}`, ...settings], {
    timeoutMs: FETCH_WITHIN_MS,
  });
}

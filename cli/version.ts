/** The version of the package, from the package.json that this program lies under. */
import { existsSync, readFileSync } from "node:fs";

/** Beside `cli/` in the sources, two folders up in the built program. */
const PLACES = ["../package.json", "../../package.json"];

/** @throws Error when the program was taken out of its package. */
export function packageVersion(): string {
  for (const place of PLACES) {
    const file = new URL(place, import.meta.url);
    if (!existsSync(file)) continue;
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof content === "object" && content !== null && "version" in content) return String(content.version);
  }
  throw new Error("package.json of queue-ratchet not found: the program was taken out of its package");
}

/** After all tests: none of what they made the program log holds text, names, numbers, ids or secrets. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collected, collectIn } from "./collect.js";

export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "queue-ratchet-leaks-"));
  collectIn(folder);
  return () => {
    const { leaks, looked } = collected(folder);
    rmSync(folder, { recursive: true, force: true });
    if (looked > 0) console.log(`log hygiene: looked at ${looked} lines and pages, found ${leaks.length} leaks`);
    if (leaks.length > 0) throw new Error(`what must never be logged was logged:\n${leaks.slice(0, 20).join("\n")}`);
  };
}

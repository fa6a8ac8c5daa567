// Every package in the lockfile has a licence from this list. A package with another fails the build until it is judged.
import { readFileSync } from "node:fs";

const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT OR Apache-2.0",
  "MPL-2.0",
  "(MIT OR CC0-1.0)",
  "(MIT OR WTFPL)",
  "(BSD-2-Clause OR MIT OR Apache-2.0)",
  "Python-2.0",
  "Unlicense",
]);
/** Judged by hand: their package.json names no licence, their sources do. */
const JUDGED = { "@kafkajs/confluent-schema-registry": "MIT" };

const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const refused = [];
const counts = new Map();
for (const [path, entry] of Object.entries(packages)) {
  if (path === "" || entry.link) continue;
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const licence = entry.license ?? JUDGED[name] ?? "none named";
  counts.set(licence, (counts.get(licence) ?? 0) + 1);
  if (!ALLOWED.has(licence)) refused.push(`${name}@${entry.version}: ${licence}`);
}
console.log([...counts].map(([licence, count]) => `${licence}: ${count}`).join(", "));
if (refused.length > 0) {
  console.error(`licences that nobody has allowed:\n${refused.join("\n")}`);
  process.exit(1);
}

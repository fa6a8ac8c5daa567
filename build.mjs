// What the compiler leaves out: the contracts that are read at run time, and the bundled incident.
import { cpSync, mkdirSync, readdirSync } from "node:fs";

for (const file of readdirSync("schemas").filter((name) => name.endsWith(".avsc"))) {
  cpSync(`schemas/${file}`, `dist/schemas/${file}`);
}
mkdirSync("dist/cli/demo", { recursive: true });
cpSync("test/fixtures/kustomer-incident.ndjson", "dist/cli/demo/kustomer-incident.ndjson");

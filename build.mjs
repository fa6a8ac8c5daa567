// What the compiler leaves out: the contracts that are read at run time, those of earlier versions too, the bundled incident, and what the servers for
// tests are fetched and spoken to with.
import { cpSync, mkdirSync, readdirSync } from "node:fs";

for (const file of readdirSync("schemas").filter((name) => name.endsWith(".avsc"))) {
  cpSync(`schemas/${file}`, `dist/schemas/${file}`);
}
cpSync("schemas/released", "dist/schemas/released", { recursive: true });
mkdirSync("dist/cli/demo", { recursive: true });
cpSync("test/fixtures/kustomer-incident.ndjson", "dist/cli/demo/kustomer-incident.ndjson");
for (const file of ["pom.xml", "independent-client/requirements.txt", "independent-client/independent_client.py"]) {
  cpSync(`test/support/kafka/${file}`, `dist/test/support/kafka/${file}`);
}
cpSync("test/support/verifier/reader.py", "dist/test/support/verifier/reader.py");

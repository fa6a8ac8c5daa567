/** The dependency arrows between the rooms: that they hold, and that the check would notice if they did not. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROOMS = ["bench", "cli", "consumer", "ingress", "processors", "runtime", "schemas", "topology"];

function cruise(folder: string) {
  const program = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const { status, stdout } = spawnSync(process.execPath, [program, "--config", ".dependency-cruiser.cjs", ...ROOMS], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, stdout };
}

describe("the arrows between the rooms", () => {
  it("hold", () => {
    const { status, stdout } = cruise(ROOT);
    expect(stdout).toContain("no dependency violations found");
    expect(status).toBe(0);
  });
});

/** Room, import that is not allowed there, the rule that must say so. */
const PLANTED = [
  ["processors/rule", "node:fs", "processors-are-pure"],
  ["processors", "kafkajs", "processors-are-pure"],
  ["processors", "../runtime/task/index.js", "processors-imports-only-what-it-may"],
  ["processors", "../schemas/codec.js", "processors-imports-only-what-it-may"],
  ["schemas", "../processors/index.js", "schemas-imports-only-what-it-may"],
  ["topology", "../processors/rule/index.js", "topology-imports-only-what-it-may"],
  ["topology", "rocksdb", "topology-knows-no-engine"],
  ["runtime", "../cli/version.js", "runtime-imports-only-what-it-may"],
  ["runtime", "../processors/rule/index.js", "runtime-imports-only-what-it-may"],
  ["ingress", "../processors/sources/kustomer.js", "ingress-imports-only-what-it-may"],
  ["consumer", "../runtime/task/index.js", "consumer-imports-only-what-it-may"],
  ["consumer", "../runtime/kafka/wire/reader/reader.js", "consumer-imports-only-what-it-may"],
  ["consumer", "../processors/index.js", "consumer-imports-only-what-it-may"],
  ["consumer", "../schemas/codec.js", "consumer-imports-only-what-it-may"],
  ["runtime", "../consumer/index.js", "runtime-imports-only-what-it-may"],
  ["cli", "../test/planted.js", "no-tests-in-the-product"],
  ["cli", "vitest", "no-undeclared-packages"],
  ["cli", "./nowhere.js", "nothing-unresolved"],
  ["topology", "./circle.js", "no-circles"],
] as const;

describe("a planted import is found", () => {
  let folder: string;
  let stdout: string;

  // All are planted at once, each in a file of its own: one run of the checker finds them.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "arrows-"));
    for (const file of [".dependency-cruiser.cjs", "tsconfig.json", "package.json", ...ROOMS]) {
      cpSync(join(ROOT, file), join(folder, file), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "test"));
    writeFileSync(join(folder, "test/planted.ts"), "export {};\n");
    PLANTED.forEach(([room, imported], index) => {
      writeFileSync(
        join(folder, room, `planted-${index}.ts`),
        `import * as planted from "${imported}";\nexport { planted };\n`,
      );
    });
    const circle = PLANTED.length - 1;
    writeFileSync(join(folder, "topology/circle.ts"), `export { planted } from "./planted-${circle}.js";\n`);
    const ended = cruise(folder);
    stdout = ended.stdout;
    expect(ended.status).not.toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(PLANTED.map(([room, imported, rule], index) => [room, imported, rule, index] as const))(
    "%s importing %s breaks %s",
    (room, _imported, rule, index) => {
      expect(stdout).toMatch(new RegExp(`error ${rule}: [^:]*${room}/planted-${index}\\.ts`));
    },
  );
});

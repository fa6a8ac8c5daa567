/** The package as its users get it: packed, installed into an empty project, imported and compiled in each way there is. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { patient } from "../support/patience.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const USER = fileURLToPath(new URL("package/user.ts", import.meta.url));
const PACKED = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));
/** What the user's program prints. */
const PRINTED = '["kustomer:t:c","q",true,0,true,"g","BrokersUnreachableError","BrokersUnreachableError"]';

let folder: string;
let project: string;
let files: string[];

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    timeout: patient(240_000),
  });
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")} ended with ${status ?? error}:\n${stdout}\n${stderr}`);
  return stdout;
}

const node = (...args: string[]) => run(process.execPath, args, project).trim();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "package-"));
  project = join(folder, "project");
  mkdirSync(project);
  // The tests run on the build that is there; packing for others builds anew.
  const [packed] = PACKED.parse(
    JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], ROOT)),
  );
  if (packed === undefined) throw new Error("npm pack has packed nothing");
  files = packed.files.map(({ path }) => path);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", version: "1.0.0", private: true }));
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["install", ...quiet, join(folder, packed.filename)], project);
}, patient(300_000));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what is packed", () => {
  it("has no tests, fixtures, sources or benchmarks", () => {
    expect(files.filter((file) => /(^|\/)(test|bench|fixtures|\.ci)\//.test(file))).toEqual([]);
    expect(files.filter((file) => /\.ts$/.test(file) && !/\.d\.ts$/.test(file))).toEqual([]);
  });

  it("has what is needed at run time, and the documents", () => {
    const schemas = [
      "queue-assignment",
      "conversation-event",
      "work-item-event",
      "assignment-decision",
      "assignment-row",
      "positions",
    ];
    expect(files).toEqual(
      expect.arrayContaining([
        ...schemas.map((name) => `dist/schemas/${name}.avsc`),
        "dist/index.js",
        "dist/index.d.ts",
        "dist/consumer/index.js",
        "dist/consumer/index.d.ts",
        "dist/cli/main.js",
        "dist/cli/demo/kustomer-incident.ndjson",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
      ]),
    );
    expect(files.some((file) => file.startsWith("docs/"))).toBe(true);
  });
});

describe("installed into an empty project", () => {
  it("has its command", () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
    expect(run("npx", ["--no-install", "queue-ratchet", "--version"], project).trim()).toBe(version);
  });

  it("is imported by an ES module", () => {
    writeFileSync(
      join(project, "user.mjs"),
      `import { decideConversation } from "queue-ratchet";
import { consumeAssignments } from "queue-ratchet/consumer";
import metadata from "queue-ratchet/package.json" with { type: "json" };
console.log(typeof decideConversation, typeof consumeAssignments, metadata.name);`,
    );
    expect(node("--disable-warning=ExperimentalWarning", "user.mjs")).toBe("function function queue-ratchet");
  });

  it("is required by CommonJS: nothing in it awaits at its top level", () => {
    writeFileSync(
      join(project, "user.cjs"),
      `const { decideConversation } = require("queue-ratchet");
const { consumeAssignments } = require("queue-ratchet/consumer");
console.log(typeof decideConversation, typeof consumeAssignments, require("queue-ratchet/package.json").name);`,
    );
    expect(node("user.cjs")).toBe("function function queue-ratchet");
  });

  it("shows nothing but its entries", () => {
    const inner = JSON.stringify(
      `import("queue-ratchet/dist/runtime/kafka/index.js").then(() => console.log("there"), ({ code }) => console.log(code))`,
    );
    expect(node("--eval", JSON.parse(inner))).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("loads no Kafka client with the main entry", () => {
    const loaded = (entry: string) =>
      `import("${entry}").then(() => console.log(Object.keys(require.cache).some((file) => file.includes("/kafkajs/src/"))))`;
    expect(node("--eval", loaded("queue-ratchet"))).toBe("false");
    expect(node("--eval", loaded("queue-ratchet/consumer"))).toBe("true");
  });

  /** With `types: []` and no DOM: nothing of what is declared may need the types of Node or of a browser. */
  it.each([
    ["with all types that are there", {}],
    ["without the types of Node", { lib: ["ES2023"], types: [] }],
  ])("compiles in TypeScript %s, as ES module and as CommonJS, strict, skipLibCheck off, and runs", (name, given) => {
    const own = join(project, name.replaceAll(" ", "-"));
    for (const type of ["module", "commonjs"]) {
      mkdirSync(join(own, type), { recursive: true });
      cpSync(USER, join(own, type, "user.ts"));
      writeFileSync(join(own, type, "package.json"), JSON.stringify({ type }));
    }
    const compilerOptions = {
      module: "nodenext",
      target: "es2022",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      declaration: true,
      ...given,
    };
    const config = { compilerOptions, files: ["module/user.ts", "commonjs/user.ts"] };
    writeFileSync(join(own, "tsconfig.json"), JSON.stringify(config));
    run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "--project", own], project);
    expect(readFileSync(join(own, "commonjs/user.js"), "utf8")).toContain('require("queue-ratchet/consumer")');
    for (const type of ["module", "commonjs"])
      expect(node("--disable-warning=ExperimentalWarning", join(own, type, "user.js"))).toBe(PRINTED);
  });
});

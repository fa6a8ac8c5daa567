/** What README.md shows is what the program does. `UPDATE_README=1 npx vitest run test/project/readme.test.ts` brings it up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { environmentName, fileKey, SETTING_NAMES, SETTINGS, type SettingSpec } from "../../cli/settings/index.js";
import { INCIDENT_KEY, INCIDENT_TENANT, run } from "../support/program.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = `${ROOT}README.md`;
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));

const DEMO = "dist/cli/demo/kustomer-incident.ndjson";

const BLOCKS = {
  timeline: async () => fenced("text", await printed("explain", INCIDENT_KEY, "--input", DEMO)),
  session: async () => fenced("text", await printed("try", DEMO, "--show", "decisions")),
  topology: async () => fenced("mermaid", (await run(["describe", "--mermaid"])).stdout),
  settings: async () => settingsTable(),
};
type BlockName = keyof typeof BLOCKS;

async function printed(...args: readonly string[]): Promise<string> {
  const { stdout } = await run([...args, "--tenant", INCIDENT_TENANT], { cwd: ROOT, env: { COLUMNS: "120" } });
  return stdout;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function settingsTable(): string {
  const lines = ["| flag | environment variable | key in a file | default | |", "| --- | --- | --- | --- | --- |"];
  for (const name of SETTING_NAMES) {
    const { flag, placeholder, defaultValue, help }: SettingSpec<unknown> = SETTINGS[name];
    const shown = defaultValue === null || defaultValue === "" ? "" : `\`${String(defaultValue)}\``;
    lines.push(
      `| \`--${placeholder === null ? flag : `${flag} ${placeholder}`}\` | \`${environmentName(flag)}\` | \`${fileKey(flag)}\` | ${shown} | ${help} |`,
    );
  }
  return lines.join("\n");
}

function block(name: BlockName): RegExp {
  return new RegExp(`(<!-- generated: ${name} -->\n)([^]*?)(<!-- end -->)`);
}

async function update(): Promise<void> {
  let text = readFileSync(README, "utf8");
  for (const name of Object.keys(BLOCKS) as BlockName[]) {
    const content = await BLOCKS[name]();
    text = text.replace(block(name), (_, before: string, __, after: string) => `${before}\n${content}\n\n${after}`);
  }
  writeFileSync(README, text);
}

describe("README.md", () => {
  beforeAll(async () => {
    if (process.env.UPDATE_README === "1") await update();
  });

  it.each(Object.keys(BLOCKS) as BlockName[])("shows the %s as it is", async (name) => {
    const shown = block(name).exec(readFileSync(README, "utf8"))?.[2];
    expect(shown?.trim()).toBe(await BLOCKS[name]());
  });

  it("names only scripts that exist", () => {
    const named = [...readFileSync(README, "utf8").matchAll(/npm run ([a-z:-]+)/g)].map(([, script]) => script ?? "");
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

/** The generated blocks of README.md, as the program makes them. */
import { fileURLToPath } from "node:url";
import { environmentName, fileKey, SETTING_NAMES, SETTINGS, type SettingSpec } from "../../cli/settings/index.js";
import { INCIDENT_KEY, INCIDENT_TENANT, run } from "../support/program.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEMO = "dist/cli/demo/kustomer-incident.ndjson";

export const README_BLOCKS = {
  timeline: async () => fenced("text", await printed("explain", INCIDENT_KEY, "--input", DEMO)),
  session: async () => fenced("text", await printed("try", DEMO, "--show", "decisions")),
  topology: async () => fenced("mermaid", (await run(["describe", "--mermaid"])).stdout),
  settings: async () => settingsTable(),
};
export type BlockName = keyof typeof README_BLOCKS;

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

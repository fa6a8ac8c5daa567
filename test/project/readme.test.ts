/** What README.md shows is what the program does. `UPDATE_README=1 npx vitest run test/project/readme.test.ts` brings it up to date. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type BlockName, README_BLOCKS } from "./readme-blocks.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const README = `${ROOT}README.md`;
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8"));

function block(name: BlockName): RegExp {
  return new RegExp(`(<!-- generated: ${name} -->\n)([^]*?)(<!-- end -->)`);
}

async function update(): Promise<void> {
  let text = readFileSync(README, "utf8");
  for (const name of Object.keys(README_BLOCKS) as BlockName[]) {
    const content = await README_BLOCKS[name]();
    text = text.replace(block(name), (_, before: string, __, after: string) => `${before}\n${content}\n\n${after}`);
  }
  writeFileSync(README, text);
}

describe("README.md", () => {
  beforeAll(async () => {
    if (process.env.UPDATE_README === "1") await update();
  });

  it.each(Object.keys(README_BLOCKS) as BlockName[])("shows the %s as it is", async (name) => {
    const shown = block(name).exec(readFileSync(README, "utf8"))?.[2];
    expect(shown?.trim()).toBe(await README_BLOCKS[name]());
  });

  it("begins with a script that runs the demo", async () => {
    const folder = await mkdtemp(join(tmpdir(), "npm-start-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    // Without building: other tests run what is built.
    const npm = spawn("npm", ["start", "--ignore-scripts"], {
      cwd: ROOT,
      env: {
        ...process.env,
        QUEUE_RATCHET_DATA_DIR: folder,
        QUEUE_RATCHET_PORT: "0",
        QUEUE_RATCHET_METRICS_PORT: "0",
      },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    const ended = new Promise((resolve) => npm.once("close", resolve));
    let printed = "";
    for await (const chunk of npm.stdout.setEncoding("utf8")) {
      printed += chunk;
      // Ctrl-C reaches everybody who is in front of the terminal.
      if (printed.includes("STALE_REVERSE_SYNC") && npm.pid !== undefined) process.kill(-npm.pid, "SIGINT");
    }
    await ended;
    expect(printed).toContain("STALE_REVERSE_SYNC");
  });

  it("names only scripts that exist", () => {
    const named = [...readFileSync(README, "utf8").matchAll(/npm run ([a-z:-]+)/g)].map(([, script]) => script ?? "");
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

/** What all commands have in common, and the small ones. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INCIDENT, PROGRAM, run } from "../support/program.js";

const exec = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

const COMMANDS = [
  "start",
  "try",
  "explain",
  "describe",
  "send",
  "topics",
  "replay",
  "dead-letters",
  "reset",
  "republish",
  "migrate",
  "config",
] as const;

describe("use", () => {
  it.each(COMMANDS)("%s --help ends in one example and exits 0", async (command) => {
    const { code, stdout } = await run([command, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}\$ .*queue-ratchet/);
  });

  it("lists every command in --help", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it("says nothing of a reader who has read enough of the help", async () => {
    const { stdout, stderr } = await exec("bash", [
      "-c",
      `"${process.execPath}" "${PROGRAM}" start --help | true; echo "$PIPESTATUS"`,
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(PROGRAM, "../../../package.json"), "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.each([
    [["try", "--frobnicate", "x"], "--frobnicate"],
    [["describe", "--frobnicate"], "--frobnicate"],
    [["describe", "--partitions", "0"], "--partitions"],
    [["describe", "--partitions", "many"], "--partitions"],
    [["describe", "--partitions"], "--partitions"],
    [["describe", "--work-item-stream", "perhaps"], "--work-item-stream"],
    [["describe", "--topic-prefix", "a b"], "--topic-prefix"],
    [["try", INCIDENT, "--show", "everything"], "--show"],
    [["try", INCIDENT, "--tenant", "a:b"], "--tenant"],
    [["try"], "FILE"],
    [["describe", "more"], "argument"],
    [["nonsense"], "nonsense"],
  ])("%j exits 2 and names %s", async (args, named) => {
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });

  it("exits 2 with the help when no command is given", async () => {
    const { code, stderr } = await run([]);
    expect(code).toBe(2);
    expect(stderr).toContain("Usage: queue-ratchet");
  });
});

describe("config", () => {
  it("takes a flag over the environment over a file over the default, and says which it was", async () => {
    const file = join(folder, "config.json");
    await writeFile(file, JSON.stringify({ partitions: 3, topicPrefix: "file-", applicationId: "from-file" }));
    const { code, stdout } = await run(["config", "--json", "--config", file, "--partitions", "5"], {
      env: { QUEUE_RATCHET_PARTITIONS: "4", QUEUE_RATCHET_TOPIC_PREFIX: "env-" },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      partitions: { value: 5, origin: "flag", from: "--partitions" },
      topicPrefix: { value: "env-", origin: "environment", from: "QUEUE_RATCHET_TOPIC_PREFIX" },
      applicationId: { value: "from-file", origin: "file", from: `${file}: applicationId` },
      workItemStream: { value: "present", origin: "default" },
    });
  });

  it("prints a table for people", async () => {
    const { stdout } = await run(["config"], { env: { QUEUE_RATCHET_TENANT: "acme" } });
    expect(stdout).toMatch(/^tenant +acme +QUEUE_RATCHET_TENANT$/m);
  });

  it("names the variable whose value is bad", async () => {
    const { code, stderr } = await run(["config"], { env: { QUEUE_RATCHET_PARTITIONS: "-1" } });
    expect(code).toBe(2);
    expect(stderr).toContain('QUEUE_RATCHET_PARTITIONS: bad value "-1": expected a whole number from 1 to 10000');
  });

  it.each([
    ['{"partitons": 3}', 'unknown key "partitons"'],
    ["[1]", "expected a JSON object"],
    ["{", "not JSON"],
    ['{"partitions": "x"}', "partitions: bad value"],
  ])("refuses the file %s", async (content, message) => {
    const file = join(folder, "bad.json");
    await writeFile(file, content);
    const { code, stderr } = await run(["config", "--config", file]);
    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).toContain(message);
  });

  it("names a file that cannot be read", async () => {
    const { code, stderr } = await run(["config", "--config", join(folder, "nope.json")]);
    expect(code).toBe(2);
    expect(stderr).toContain("nope.json: cannot be read");
  });
});

describe("describe", () => {
  it("prints both sub-topologies with the prefix on every topic", async () => {
    const { code, stdout } = await run([
      "describe",
      "--topic-prefix",
      "eu.",
      "--application-id",
      "app",
      "--partitions",
      "6",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Sub-topology: 0 \(normalise\)/);
    expect(stdout).toMatch(/Sub-topology: 1 \(ratchet\)/);
    expect(stdout).toContain("Store: assignment-store (changelog: eu.app-assignment-store-changelog)");
    expect(stdout).toContain("eu.queue-assignments (partitions: 6, clean-up: compact)");
  });

  it("prints a Mermaid flow chart", async () => {
    const { stdout } = await run(["describe", "--mermaid"]);
    expect(stdout).toMatch(/^flowchart LR$/m);
    expect(stdout).toMatch(/topic_raw_events --> node_normaliser/);
  });
});

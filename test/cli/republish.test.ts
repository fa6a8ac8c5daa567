/** `queue-ratchet republish`, as a user runs it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/kafka/index.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, rows, run } from "../support/program.js";
import { startService } from "../support/service.js";

let root: string;
let folder: string;
const at = () => ["--data-dir", folder];
const republish = (...args: string[]) => run(["republish", ...args, ...at()]);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "republish-cli-"));
  folder = join(root, "data");
  const start = ["start", ...at(), "--tenant", INCIDENT_TENANT, "--port", "0", "--metrics-port", "0"];
  await run([...start, "--exit-after-input", "--input", INCIDENT]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What a running service has counted. */
async function counted(metrics: string): Promise<number> {
  const page = await (await fetch(`${metrics}/metrics`)).text();
  return Number(/^queue_ratchet_republished_total\{source="kustomer"\} (\d+)/m.exec(page)?.[1]);
}

it("has a running service republish: all, one, those since a time; and counts what came of it", async () => {
  const service = startService(at());
  const { metrics } = await service.ready();
  // On standard error it may say how far it is.
  expect(await republish("--wait", "30")).toMatchObject({
    code: 0,
    stdout: "12 control records written to 12 partitions of conversation-events.\nExecuted: 1 record republished.\n",
  });
  const one = await republish("--key", INCIDENT_KEY, "kustomer:nobody:1", "--wait", "30", "--json");
  expect(one).toMatchObject({ code: 0 });
  expect(rows(one.stdout).at(-1)).toEqual({ republished: 1 });
  expect(rows(one.stdout)[0]).toMatchObject({ outcome: "written", topic: "conversation-events", records: 1 });
  const late = await republish("--since", "2999-01-01", "--wait", "30");
  expect(late.stdout).toContain("Executed: 0 records republished.");
  const early = await republish("--since", "2000-01-01T00:00:00Z");
  expect(early.stdout).toContain("The tasks execute them in the order of the stream; --wait SECONDS waits for it.");
  expect(await until(async () => (await counted(metrics)) === 3, 30_000)).toBe(true);
});

it("--dry-run writes nothing, and says where to", async () => {
  const dry = await republish("--key", INCIDENT_KEY, "--dry-run");
  expect(dry).toMatchObject({ code: 0, stderr: "" });
  expect(dry.stdout).toMatch(
    /^conversation-events, partition \d+: 1 control record would be written\n1 control record would be written to 1 partition of conversation-events\.\n$/,
  );
});

it("a stopped service executes it with its next start", async () => {
  const asked = await republish();
  expect(asked.stdout).toContain("The service is stopped: its next start executes them.\n");
  const service = startService(at());
  const { metrics } = await service.ready();
  expect(await until(async () => (await counted(metrics)) === 1, 30_000)).toBe(true);
});

describe("wrong use ends with 2, and names", () => {
  it.each([
    [["--key", "no-key"], "--key"],
    [["--since", "yesterday"], "--since"],
    [["--wait", "0"], "--wait"],
    [["--wait", "forever"], "--wait"],
    [["--wait", "5"], "--wait: no service runs"],
    [["--partitions", "3"], "--partitions 12"],
    [["--frobnicate"], "--frobnicate"],
  ])("%j: %s", async (args, named) => {
    const { code, stdout, stderr } = await republish(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });
});

describe("--forget-after", () => {
  it.each([
    ["30d", 720],
    ["36h", 36],
    ["48", 48],
    ["never", null],
  ])("takes %s", async (text, hours) => {
    const { stdout } = await run(["config", "--json", "--forget-after", text]);
    expect(JSON.parse(stdout).forgetAfter.value).toBe(hours);
  });

  it.each(["0", "30m", "soon", "0d", "-1", "99999999d"])("does not take %s", async (text) => {
    const { code, stderr } = await run(["config", `--forget-after=${text}`]);
    expect(code).toBe(2);
    expect(stderr).toContain("--forget-after");
  });
});

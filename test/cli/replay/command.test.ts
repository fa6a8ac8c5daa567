/** `queue-ratchet replay`, as a user runs it on a data folder: ranges, sinks, interruptions, what is left behind. */
import { spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../bench/random.js";
import { PROGRAM, rows, run } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { writeEvents } from "./events.js";
import { PARTITIONS, TrafficFolder } from "./folder.js";

const SEED = Number(process.env.SEED ?? 20_261_123);
const KILLS = Number(process.env.KILLS ?? 3);

let folder: TrafficFolder;
const replay = (...args: readonly string[]) => folder.replay(...args);

beforeAll(async () => {
  folder = await TrafficFolder.make();
  await folder.process({ events: 2_000, conversations: 300, seed: SEED });
});
afterAll(() => folder.remove());

describe("sinks", () => {
  it("give the same assignments to standard output, a file, and a topic of the replay's own", async () => {
    const printed = await replay("--from-beginning");
    expect(printed.code).toBe(0);
    const assignments = rows(printed.stdout);
    expect(assignments.length).toBeGreaterThan(300);
    expect(assignments[0]).toMatchObject({
      sequence: 1,
      source: "kustomer",
      key: expect.stringMatching(/^kustomer:t:/),
    });
    const file = join(folder.root, "out.ndjson");
    expect(await replay("--from-beginning", "--sink", `file:${file}`)).toMatchObject({ code: 0, stdout: "" });
    expect(await readFile(file, "utf8")).toBe(printed.stdout);
    expect((await readdir(folder.root)).filter((name) => name.endsWith(".partial"))).toEqual([]);

    const toTopic = await replay("--from-beginning", "--sink", "topic:tried", "--id", "mine");
    expect(toTopic).toMatchObject({ code: 0, stdout: "" });
    expect(toTopic.stderr).toContain("replay --show mine");
    expect((await replay("--show", "mine")).stdout).toBe(printed.stdout);
    const listed = rows((await replay("--list", "--json")).stdout);
    expect(listed).toMatchObject([{ id: "mine", state: "finished", asked: "--from-beginning --sink topic:tried" }]);
    expect((await replay("--list")).stdout).toMatch(/^id .*\nmine +finished /);
    expect(await replay("--clean", "mine")).toEqual({ code: 0, stdout: "replay mine: removed\n", stderr: "" });
    expect((await replay("--list")).stdout).toBe("No replays.\n");
  });

  it("are not written when a replay fails, and a file that was there stays as it was", async () => {
    const file = join(folder.root, "kept.ndjson");
    await writeFile(file, "before");
    const others = ["--data-dir", folder.dataDir, "--partitions", "7"];
    const { code, stderr } = await run(["replay", "--from-beginning", "--sink", `file:${file}`, ...others]);
    expect(code).toBe(2);
    expect(stderr).toContain("--partitions 3");
    expect(await readFile(file, "utf8")).toBe("before");
    const nowhere = await replay("--from-beginning", "--sink", "file:/nowhere/out.ndjson");
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain("--sink: file:/nowhere/out.ndjson cannot be written");
    expect(nowhere.stderr).not.toContain("    at ");
    expect((await replay("--list")).stdout).toBe("No replays.\n");
  });
});

describe("ranges", () => {
  it("in the middle give the assignments of the range, from rows that were rebuilt", async () => {
    const all = rows((await replay("--from-beginning")).stdout);
    const from = ["--from-offset", "conversation-events:0:100", "work-item-events:0:100"];
    const other = Array.from({ length: PARTITIONS - 1 }, (_, index) => [
      `conversation-events:${index + 1}:0`,
      `work-item-events:${index + 1}:0`,
    ]).flat();
    const upTo = ["--to-offset", "conversation-events:0:150", "work-item-events:0:150", ...other];
    const middle = await replay(...from, ...upTo);
    expect(middle.code).toBe(0);
    expect(middle.stderr).toContain("conversation-events, partition 0: offsets 100 to 149, rows rebuilt from 0");
    expect(middle.stderr).toContain("100 records replayed, after 200 earlier records to rebuild the rows");
    const some = rows(middle.stdout);
    expect(some.length).toBeGreaterThan(10);
    expect(some.some(({ sequence }) => Number(sequence) > 1)).toBe(true);
    // In another order than live the two streams may give other records; that they are of known conversations they do not change.
    const keys = new Set(all.map(({ key }) => key));
    expect(some.filter(({ key }) => !keys.has(key))).toEqual([]);
  });

  it("of times: all of it before the end of all days, nothing after it", async () => {
    const nothing = await replay("--from-timestamp", "2999-01-01");
    expect(nothing).toMatchObject({ code: 0, stdout: "" });
    const before = await replay("--from-beginning", "--to-timestamp", "2001-01-01");
    expect(before).toMatchObject({ code: 0, stdout: "" });
    const all = await replay("--from-timestamp", "2001-01-01T00:00:00Z", "--to-timestamp", "2999-01-01");
    expect(rows(all.stdout)).toHaveLength(rows((await replay("--from-beginning")).stdout).length);
  });

  it("from the middle compares with all that is still there", async () => {
    const { code, totals } = await folder.compared("--from-offset", "conversation-events:1:200");
    expect({ code, totals }).toMatchObject({ code: 0, totals: { differing: 0, notComparable: 0 } });
  });

  it("are only told by --dry-run, which makes nothing", async () => {
    const before = await readdir(folder.root);
    const { code, stdout } = await replay("--from-offset", "work-item-events:2:50", "--sink", "file:x", "--dry-run");
    expect(code).toBe(0);
    expect(stdout).toMatch(/work-item-events, partition 2: offsets 50 to \d+, rows rebuilt from 0/);
    expect(stdout).toMatch(/would read at most [\d,]+ records, after 50 earlier records/);
    const compared = await replay("--from-beginning", "--compare", "--dry-run");
    expect(compared).toMatchObject({ code: 0, stderr: "" });
    expect(compared.stdout).toContain("no assignments would be written");
    expect(await readdir(folder.root)).toEqual(before);
  });
});

it("--keep leaves a folder that explain reads", async () => {
  await replay("--from-beginning", "--sink", "stdout", "--keep", "--id", "kept");
  const [key = ""] = await folder.keys(1);
  const kept = join(`${folder.dataDir}-replays`, "queue-ratchet-replay-kept", "data");
  const args = ["explain", key, "--json", "--application-id", "queue-ratchet-replay-kept"];
  const { code, stdout } = await run([...args, "--data-dir", kept, "--partitions", String(PARTITIONS)]);
  expect(code).toBe(0);
  const { decisions } = JSON.parse(stdout) as { decisions: readonly { inputTopic: string }[] };
  expect(decisions.length).toBeGreaterThan(0);
  expect(decisions[0]?.inputTopic).toMatch(/^(conversation|work-item)-events$/);
  expect((await replay("--clean", "--all")).stdout).toBe("replay kept: removed\n");
});

it(`killed at random ${KILLS} times (seed ${SEED}) it leaves all as it was, and the same command runs again`, async () => {
  const random = seededRandom(SEED);
  const before = await folder.fingerprint();
  const file = join(folder.root, "killed.ndjson");
  const args = ["replay", "--from-beginning", "--id", "again", "--sink", `file:${file}`, ...folder.flags];
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [PROGRAM, ...args, ...(kill % 2 === 0 ? ["--compare"] : [])]);
    const ended = new Promise((resolve) => child.on("close", resolve));
    await delay(300 + random() * 1_200);
    child.kill("SIGKILL");
    await ended;
  }
  expect(await folder.fingerprint()).toEqual(before);
  expect(await run(args)).toMatchObject({ code: 0 });
  expect(rows(await readFile(file, "utf8")).length).toBeGreaterThan(300);
  expect(await folder.fingerprint()).toEqual(before);
  expect((await readdir(folder.root)).filter((name) => /partial|replays/.test(name))).toEqual([]);
});

it("asked to stop it ends with 1, leaves no output, and is listed as interrupted", async () => {
  const file = join(folder.root, "stopped.ndjson");
  const args = [
    "replay",
    "--from-beginning",
    "--id",
    "stopped",
    "--sink",
    `file:${file}`,
    "--compare",
    ...folder.flags,
  ];
  const child = spawn(process.execPath, [PROGRAM, ...args]);
  let stderr = "";
  let asked = false;
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    if (asked || !stderr.includes("replay stopped of")) return;
    asked = true;
    child.kill("SIGTERM");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code).toBe(1);
  expect(stderr).toContain("queue-ratchet: interrupted: nothing was changed");
  expect((await readdir(folder.root)).filter((name) => name.startsWith("stopped"))).toEqual([]);
  expect(rows((await replay("--list", "--json")).stdout)).toMatchObject([{ id: "stopped", state: "interrupted" }]);
  await replay("--clean", "stopped");
});

it("runs beside a service under load, and finds nothing that differs, time and again", async () => {
  const served = await TrafficFolder.make();
  try {
    const file = join(served.root, "load.ndjson");
    await writeEvents(file, { events: 8_000, conversations: 1_000, seed: SEED });
    const service = startService([...served.flags, "--input", file]);
    await service.ready();
    for (const input of ["joined", "raw"]) {
      const { code, totals, stderr } = await served.compared("--from-beginning", "--input", input);
      expect({ code, totals, stderr }).toMatchObject({ code: 0, totals: { differing: 0, notComparable: 0 } });
    }
    await service.said("input processed");
    // Two at once do not know of one another.
    const [one, other] = await Promise.all([served.compared("--from-beginning"), served.compared("--from-beginning")]);
    expect([one?.totals, other?.totals]).toMatchObject([{ differing: 0 }, { differing: 0 }]);
    service.kill("SIGTERM");
    expect(await service.ended).toMatchObject({ code: 0 });
  } finally {
    await served.remove();
  }
});

describe("wrong use ends with 2, and names", () => {
  it.each([
    [["--from-offset", "nothing:0:1"], "--from-offset: nothing:0:1: nothing is no input"],
    [["--from-offset", "conversation-events:0:999999"], "conversation-events:0:999999: it is not written yet"],
    [["--from-beginning", "--sink", "topic:queue-assignments"], "topic:queue-assignments is a live topic"],
    [["--clean", "nobody"], "--clean: there is no replay nobody"],
    [["--list", "--compare"], "--compare and --list"],
    [["--frobnicate"], "--frobnicate"],
  ])("%j: %s", async (args, named) => {
    const { code, stdout, stderr } = await replay(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });
});

it("has a --help that ends in one example", async () => {
  const { code, stdout } = await run(["replay", "--help"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Example:\n {2}\$ queue-ratchet replay --from-beginning --compare\n$/);
});

/** `queue-ratchet explain`, as a user runs it: from files, a data folder and a running service. */
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EmbeddedEngine } from "../../runtime/embedded/index.js";
import { encodeText } from "../../runtime/task/index.js";
import { productTopology } from "../../topology/index.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, run } from "../support/program.js";

const OWNER = { applicationId: "queue-ratchet", topicPrefix: "", partitions: 12 };
const TENANT = ["--tenant", INCIDENT_TENANT];
const FROM_FILE = ["explain", INCIDENT_KEY, "--input", INCIDENT, ...TENANT];
const UNKNOWN_KEY = `kustomer:${INCIDENT_TENANT}:nobody`;

let folder: string;
let dataFolder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "explain-test-"));
  dataFolder = join(folder, "data");
  const engine = await openEngine();
  engine.start();
  for (const [index, line] of readFileSync(INCIDENT, "utf8").trimEnd().split("\n").entries()) {
    const headers = [{ key: "source", value: encodeText("kustomer") }];
    const key = encodeText(INCIDENT_KEY);
    await engine.append([{ topic: "raw-events", timestamp: index, key, value: encodeText(line), headers }]);
    await engine.caughtUp();
  }
  await engine.stop();
});
afterAll(() => rm(folder, { recursive: true }));

function openEngine() {
  const topology = productTopology({ ...OWNER, tenant: INCIDENT_TENANT, workItemStream: "present" });
  return EmbeddedEngine.open({ ...OWNER, topology, folder: dataFolder });
}

/** A service that gives one answer; and what it was asked. */
async function serve(status: number, body: string): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe("the founding incident", () => {
  it("is explained alike from the file, the folder and a service", async () => {
    const fromFile = await run(FROM_FILE);
    const fromFolder = await run(["explain", INCIDENT_KEY, "--data-dir", dataFolder]);
    const json = await run(["explain", INCIDENT_KEY, "--data-dir", dataFolder, "--json"]);
    const { url, asked } = await serve(200, json.stdout);
    const fromService = await run(["explain", INCIDENT_KEY, "--url", url]);
    expect(fromFile).toMatchObject({ code: 0, stderr: "" });
    expect(fromFolder).toEqual(fromFile);
    expect(fromService).toEqual(fromFile);
    expect(asked).toEqual([`/api/assignments/${encodeURIComponent(INCIDENT_KEY)}/timeline`]);
  });

  it("is said in words: where the conversation is, which event put it there, what differs and what lost", async () => {
    const { stdout } = await run(FROM_FILE, { env: { COLUMNS: "100000" } });
    const [key, where, , ...lines] = stdout.trimEnd().split("\n");
    expect(key).toBe(INCIDENT_KEY);
    expect(where).toBe(
      "Queue 5fa2a5a910e1be0019cda332 holds this conversation: put there by conversation event 621e7eab08413f62a436079f " +
        "at revision 58 by workflow, with the key (58,0,0,0), at 2022-03-01T20:14:35.507Z. " +
        "It is open: no event has said otherwise. " +
        "The source's own record differs: it says queue 5d9fbc698d1a94001a7b9950, written by conversation event " +
        "621e7eac5746ae3762045ca7 at revision 60 by routing-worker. " +
        "Since then 1 event was dropped as stale: 621e7eac5746ae3762045ca7 (STALE_REVERSE_SYNC).",
    );
    expect(lines).toHaveLength(13);
    expect(lines[11]).toBe(
      "2022-03-01T20:14:36.210Z STALE_REVERSE_SYNC: Conversation event 621e7eac5746ae3762045ca7 at revision 60 by " +
        "routing-worker is a reverse sync: it wrote queue 5d9fbc698d1a94001a7b9950 into the source's record, " +
        "a copy of an old decision, as it seems that of event 621e7eab441b2f235b80b713 with the key (53,1,1,3). " +
        "It lost to event 621e7eab08413f62a436079f with the key (58,0,0,0): the assignment stays as that decided it. " +
        `The same trace as event audit:${INCIDENT_KEY.split(":")[2]}:5975515570340052903.`,
    );
  });

  it("is one JSON object with --json", async () => {
    const { stdout } = await run([...FROM_FILE, "--json"]);
    const timeline = JSON.parse(stdout);
    expect(timeline).toMatchObject({
      key: INCIDENT_KEY,
      sequence: 4,
      assignmentVersion: { basis: 58, eventId: "621e7eab08413f62a436079f" },
      recordedBy: { eventId: "621e7eac5746ae3762045ca7", revision: 60 },
      diverged: true,
      omittedDecisions: 0,
      beginningExpired: false,
    });
    expect(timeline.decisions).toHaveLength(13);
  });

  it.each([30, 60, 100])("wraps into %i columns, without colour where there is no terminal", async (columns) => {
    const { stdout } = await run(FROM_FILE, { env: { COLUMNS: String(columns) } });
    expect(Math.max(...stdout.split("\n").map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    expect(stdout).not.toContain("\u001b");
  });
});

describe("files", () => {
  it("may hold other conversations, which are not explained", async () => {
    const other = incidentOf("another-one");
    const { code, stdout } = await run(["explain", INCIDENT_KEY, "--input", "-", ...TENANT], {
      input: `${other}${readFileSync(INCIDENT, "utf8")}${other}`,
    });
    expect(code).toBe(0);
    expect(stdout).toBe((await run(FROM_FILE)).stdout);
  });

  it("that are unreadable in part are named, and what is readable is explained", async () => {
    const args = ["explain", INCIDENT_KEY, "--input", INCIDENT, "-", join(folder, "nope.ndjson"), ...TENANT];
    const { code, stdout, stderr } = await run(args, { input: "{\n" });
    expect(code).toBe(2);
    expect(stdout).toBe((await run(FROM_FILE)).stdout);
    expect(stderr).toMatch(/^-:1: INVALID_JSON: /m);
    expect(stderr).toMatch(/nope\.ndjson: /);
  });
});

function incidentOf(conversation: string): string {
  return readFileSync(INCIDENT, "utf8").replaceAll(INCIDENT_KEY.split(":")[2] ?? "", conversation);
}

describe("what cannot be explained", () => {
  it("is a conversation that was never seen: exit 1", async () => {
    const { url } = await serve(404, '{"error":{"code":"UNKNOWN_CONVERSATION","message":"never seen"}}');
    for (const from of [
      ["--input", INCIDENT, ...TENANT],
      ["--data-dir", dataFolder],
      ["--url", url],
    ]) {
      expect(await run(["explain", UNKNOWN_KEY, ...from])).toEqual({
        code: 1,
        stdout: "",
        stderr: `queue-ratchet: ${UNKNOWN_KEY}: no event of this conversation was seen\n`,
      });
    }
  });

  it.each([
    ["a key of two parts", ["explain", "kustomer:t", "--input", INCIDENT], "KEY"],
    ["no key", ["explain"], "KEY"],
    ["two places", ["explain", INCIDENT_KEY, "--input", INCIDENT, "--url", "http://x"], "--input and --url"],
    [
      "a folder and a service",
      ["explain", INCIDENT_KEY, "--data-dir", "d", "--url", "http://x"],
      "--data-dir and --url",
    ],
    ["a URL that is none", ["explain", INCIDENT_KEY, "--url", "127.0.0.1"], "--url"],
    ["a URL that is not HTTP", ["explain", INCIDENT_KEY, "--url", "ftp://127.0.0.1"], "--url"],
  ])("is %s: exit 2", async (_, args, named) => {
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });

  it("is a folder that is not there, and it is not made", async () => {
    const missing = join(folder, "missing");
    const { code, stderr } = await run(["explain", INCIDENT_KEY, "--data-dir", missing]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${missing} is not there`);
    await expect(readdir(missing)).rejects.toThrow("ENOENT");
    // Also that of the setting's default.
    const working = join(folder, "working");
    await mkdir(working);
    expect((await run(["explain", INCIDENT_KEY], { cwd: working })).code).toBe(2);
    expect(await readdir(working)).toEqual([]);
  });

  it("is a folder of something else, and it is left as it is", async () => {
    const other = join(folder, "other");
    await mkdir(other);
    const { code, stderr } = await run(["explain", INCIDENT_KEY, "--data-dir", other]);
    expect(code).toBe(2);
    expect(stderr).toContain("not a data folder");
    expect(await readdir(other)).toEqual([]);
  });

  it("is a folder of other settings", async () => {
    const { code, stderr } = await run(["explain", INCIDENT_KEY, "--data-dir", dataFolder, "--partitions", "3"]);
    expect(code).toBe(2);
    expect(stderr).toContain("use --partitions 12");
  });

  it("is a folder that a running service has: the error proposes to ask that", async () => {
    const engine = await openEngine();
    onTestFinished(() => engine.stop());
    const { code, stderr } = await run(["explain", INCIDENT_KEY, "--data-dir", dataFolder]);
    expect(code).toBe(1);
    expect(stderr).toContain(`in use by a running service (pid ${process.pid})`);
    expect(stderr).toContain(`queue-ratchet explain ${INCIDENT_KEY} --url http://HOST:PORT`);
    expect(stderr).not.toContain("    at ");
  });
});

describe("a service", () => {
  it("that is down is named", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await run(["explain", INCIDENT_KEY, "--url", url]);
    expect(code).toBe(1);
    expect(stderr).toBe(`queue-ratchet: ${url} does not answer (ECONNREFUSED); is the service running there?\n`);
  });

  it("whose instance does not have the conversation is told as such", async () => {
    const message =
      "partition 7 is not processed by this instance now: another one of its group has it, or has it still; ask that one";
    const { url } = await serve(503, JSON.stringify({ error: { code: "NOT_HERE", message } }));
    const { code, stdout, stderr } = await run(["explain", INCIDENT_KEY, "--url", url]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(`queue-ratchet: ${url} does not have the conversation: ${message}, with its --url\n`);
  });

  it.each([
    [503, "BUSY", "ask again"],
    [404, "NOT_FOUND", "no such path"],
  ])("that fails with %i %s is quoted", async (status, code, message) => {
    const { url } = await serve(status, JSON.stringify({ error: { code, message } }));
    const ended = await run(["explain", INCIDENT_KEY, "--url", `${url}/base`]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${url}/base/api/assignments/`);
    expect(ended.stderr).toContain(`${status} ${code}: ${message}`);
  });

  it.each([
    [404, "<html>not here</html>"],
    [200, "{}"],
    [200, '{"key":'],
  ])("that answers %i %s is none of ours", async (status, body) => {
    const { url } = await serve(status, body);
    const { code, stderr } = await run(["explain", INCIDENT_KEY, "--url", url]);
    expect(code).toBe(1);
    expect(stderr).toContain("is not that of a queue-ratchet service");
    expect(stderr).not.toContain("    at ");
  });
});

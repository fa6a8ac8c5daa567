/** `queue-ratchet start`, as a user runs it. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { PLANTED_SECRET } from "../support/log-hygiene/markers.js";
import { metricsPage } from "../support/metrics-page.js";
import { patient } from "../support/patience.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT } from "../support/program.js";
import { type RunningService, startService } from "../support/service.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "start-test-"));
  folder = join(root, "data");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const Q2 = { type: "QUEUE", id: "5fa2a5a910e1be0019cda332" };

async function json(
  url: string,
  method = "GET",
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url, { method });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The samples of Prometheus' text format, by name and labels. */
async function samples(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await metricsPage(url);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

async function stop(service: RunningService): Promise<void> {
  const startedMs = performance.now();
  service.kill("SIGINT");
  expect(await service.ended, service.lines.join("\n")).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedMs).toBeLessThan(patient(10_000));
}

const key = encodeURIComponent(INCIDENT_KEY);

describe("the bundled incident", () => {
  it("goes through a new folder, is served, and is not processed again by the next start", async () => {
    const first = startService(["--demo", "--data-dir", folder]);
    const { http, metrics } = await first.ready();
    await first.said("STALE_REVERSE_SYNC");
    expect((await json(`${http}/healthz`)).status).toBe(200);
    const ready = await json(`${http}/readyz`);
    expect(ready).toMatchObject({ status: 200, body: { status: "ready", tasks: { running: 24, all: 24 }, lag: 0 } });

    const assignment = await json(`${http}/api/assignments/${key}`);
    expect(assignment).toMatchObject({
      status: 200,
      body: { key: INCIDENT_KEY, sequence: 4, assignment: Q2, lifecycle: "OPEN", diverged: true },
    });
    const timeline = await json(`${http}/api/assignments/${key}/timeline`);
    expect(timeline.status).toBe(200);
    expect(timeline.body.decisions).toHaveLength(13);

    const counted = await samples(metrics);
    const stale = 'queue_ratchet_stale_drops_total{source="kustomer",reason="STALE_REVERSE_SYNC"}';
    expect(counted.get(stale)).toBe(1);
    expect(counted.get('queue_ratchet_assignments_emitted_total{source="kustomer"}')).toBe(4);
    await stop(first);

    const second = startService(["--demo", "--data-dir", folder]);
    const again = await second.ready();
    await second.said("STALE_REVERSE_SYNC");
    expect((await json(`${again.http}/api/assignments/${key}`)).body).toEqual(assignment.body);
    expect((await json(`${again.http}/api/assignments/${key}/timeline`)).body).toEqual(timeline.body);
    const countedAgain = await samples(again.metrics);
    const counters = [...countedAgain].filter(([name]) => /_(events|decisions|emitted)_total/.test(name));
    expect(counters.map(([, value]) => value).every((value) => value === 0)).toBe(true);
    await stop(second);
  });
});

describe("npm start", () => {
  /** As a terminal's Ctrl-C does, to the whole group; and as a supervisor does, to npm alone. */
  it.each([
    ["the group", (pid: number) => process.kill(-pid, "SIGINT")],
    ["npm", (pid: number) => process.kill(pid, "SIGINT")],
  ])("ends with 0 when %s is interrupted", async (_, interrupt) => {
    // What is built is there: the build before it is left out.
    const args = ["start", "--ignore-scripts", "--", "--data-dir", folder, "--port", "0", "--metrics-port", "0"];
    const npm = spawn("npm", args, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => npm.on("close", (code) => resolve(code)));
    onTestFinished(async () => {
      if (npm.exitCode === null) process.kill(-(npm.pid ?? 0), "SIGKILL");
      await ended;
    });
    for await (const line of createInterface({ input: npm.stdout })) if (line.includes("STALE_REVERSE_SYNC:")) break;
    npm.stdout.resume();
    interrupt(npm.pid ?? 0);
    expect(await ended).toBe(0);
  });
});

describe("--input", () => {
  it("- takes standard input, and ends with --exit-after-input once all is processed", async () => {
    const service = startService([
      "--data-dir",
      folder,
      "--input",
      "-",
      "--exit-after-input",
      "--tenant",
      INCIDENT_TENANT,
    ]);
    service.process.stdin?.end(await readFile(INCIDENT));
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(service.lines.some((line) => line.includes("13 documents"))).toBe(true);
  });

  it("names what cannot be read, goes on, and says so with its exit code", async () => {
    const service = startService([
      "--data-dir",
      folder,
      "--input",
      join(root, "none.ndjson"),
      INCIDENT,
      "--exit-after-input",
      "--tenant",
      INCIDENT_TENANT,
    ]);
    expect((await service.ended).code).toBe(2);
    expect(service.lines.some((line) => line.includes("none.ndjson: Cannot read"))).toBe(true);
    expect(service.lines.some((line) => line.includes("13 documents"))).toBe(true);
  });

  it("stays up when it is processed, and stops while standard input is still open", async () => {
    const service = startService(["--data-dir", folder, "--input", "-", "--tenant", INCIDENT_TENANT]);
    service.process.stdin?.write(await readFile(INCIDENT));
    const { http } = await service.ready();
    for (let body = null; body === null; ) {
      const found = await json(`${http}/api/assignments/${key}`);
      if (found.body.sequence === 4) body = found.body;
    }
    await stop(service);
  });
});

describe("the start", () => {
  it("says which sources' webhooks are taken, and when they are taken unsigned", async () => {
    const signed = startService(["--data-dir", folder, "--belco-secrets", PLANTED_SECRET]);
    expect(JSON.parse(await signed.said('"msg":"ready"'))).toMatchObject({ webhooks: "belco" });
    await stop(signed);
    const unsigned = startService(["--data-dir", folder, "--insecure-loopback"]);
    expect(JSON.parse(await unsigned.said('"msg":"ready"'))).toMatchObject({ webhooks: "kustomer,rasayel,belco" });
    await unsigned.said("taken unsigned");
    await stop(unsigned);
  });
});

describe("a stop", () => {
  it("asked for twice in a row is one clean stop", async () => {
    const service = startService(["--data-dir", folder]);
    await service.ready();
    service.kill("SIGINT");
    service.kill("SIGINT");
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });

  it.each([0, 300, 650])("amid the processing of input, %i ms after it is ready, is clean", async (afterMs) => {
    const file = join(root, "input.ndjson");
    await writeFile(file, (await readFile(INCIDENT, "utf8")).repeat(200));
    const service = startService(["--data-dir", folder, "--input", file, "--tenant", INCIDENT_TENANT]);
    await service.ready();
    await delay(afterMs);
    await stop(service);
    expect(service.lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it("by SIGTERM is the same", async () => {
    const service = startService(["--data-dir", folder]);
    await service.ready();
    service.kill("SIGTERM");
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });
});

describe("the HTTP interface", () => {
  it("answers errors as { error: { code, message } }", async () => {
    const service = startService(["--data-dir", folder]);
    const { http, metrics } = await service.ready();
    expect(await json(`${http}/api/assignments/kustomer:t:nobody`)).toMatchObject({
      status: 404,
      body: { error: { code: "UNKNOWN_CONVERSATION" } },
    });
    expect(await json(`${http}/api/assignments/kustomer:t:nobody/timeline`)).toMatchObject({ status: 404 });
    expect(await json(`${http}/api/assignments/nokey`)).toMatchObject({
      status: 400,
      body: { error: { code: "BAD_KEY" } },
    });
    expect(await json(`${http}/api/assignments/a:b:c/timeline?max=0`)).toMatchObject({ status: 400 });
    expect(JSON.parse(await service.said('"msg":"ready"'))).toMatchObject({ webhooks: "none" });
    expect(await json(`${http}/webhooks/kustomer`, "POST")).toMatchObject({ status: 404 });
    expect(await json(`${http}/nothing`)).toMatchObject({ status: 404, body: { error: { code: "NOT_FOUND" } } });
    // Who may ask is not who may scrape.
    expect((await fetch(`${http}/metrics`)).status).toBe(404);
    expect((await fetch(`${metrics}/healthz`)).status).toBe(404);
    await stop(service);
  });
});

describe("what keeps it from starting is said in a line, and exits with", () => {
  async function refused(args: readonly string[]): Promise<{ readonly code: number | null; readonly text: string }> {
    const service = startService(args);
    const { code } = await service.ended;
    return { code, text: service.lines.join("\n") };
  }

  it("1 for a port that is taken, naming the setting", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      for (const setting of ["--port", "--metrics-port"]) {
        const { code, text } = await refused(["--data-dir", folder, setting, String(port)]);
        expect(code).toBe(1);
        expect(text).toContain(`port ${port} of 127.0.0.1 is taken: choose another with ${setting}`);
        expect(text).not.toContain("    at ");
      }
    } finally {
      taken.close();
    }
  });

  it("1 for a folder that another service has, naming its pid", async () => {
    const owner = startService(["--data-dir", folder]);
    await owner.ready();
    const { code, text } = await refused(["--data-dir", folder]);
    expect(code).toBe(1);
    expect(text).toContain(`is in use by the process with pid ${owner.process.pid}`);
    await stop(owner);
  });

  it("1 for a folder that cannot be made", async () => {
    const { code, text } = await refused(["--data-dir", "/proc/none"]);
    expect(code).toBe(1);
    expect(text).toMatch(/queue-ratchet: .*\/proc\/none/);
    expect(text).not.toContain("    at ");
  });

  it("1 for a folder of other settings, naming the difference", async () => {
    const owner = startService(["--data-dir", folder, "--partitions", "2"]);
    await owner.ready();
    await stop(owner);
    const { code, text } = await refused(["--data-dir", folder, "--partitions", "3"]);
    expect(code).toBe(1);
    expect(text).toMatch(/partitions/);
  });

  it("2 for a bad value, an unknown flag, an unknown crash point", async () => {
    await mkdir(folder, { recursive: true });
    for (const args of [["--partitions", "0"], ["--nothing"], ["--engine", "other"], ["--exit-after-input"]]) {
      const { code, text } = await refused(["--data-dir", folder, ...args]);
      expect([args, code]).toEqual([args, 2]);
      expect(text).toContain(args[0]);
    }
  });
});

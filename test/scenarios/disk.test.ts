/** The service on a disk that fills up, in a folder that cannot be written any more, and on damaged files. */
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, run } from "../support/program.js";
import { type RunningService, startService } from "../support/service.js";
import { isRoot, noSmallDisk, skippedBecause, smallDisk } from "../support/small-disk.js";

const NOBODY = 65_534;
const TENANT = ["--tenant", INCIDENT_TENANT];

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "queue-ratchet-scenario-"));
  await chmod(root, 0o755);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Gives a service the incident again and again, until it ends. */
async function feedUntilEnd(service: RunningService): Promise<void> {
  const text = await readFile(INCIDENT);
  const { stdin } = service.process;
  while (service.process.exitCode === null && service.process.signalCode === null && stdin?.writable === true) {
    const more = stdin.write(text);
    if (!more) await Promise.race([new Promise((resolve) => stdin.once("drain", resolve)), service.ended]);
  }
}

async function expectFailure(service: RunningService, message: RegExp): Promise<void> {
  await feedUntilEnd(service);
  expect(await service.ended, service.lines.slice(-5).join("\n")).toEqual({ code: 1, signal: null });
  const text = service.lines.join("\n");
  expect(text).toMatch(message);
  expect(text).not.toContain("    at ");
}

/** It goes on where it was: the incident's conversation is where the incident left it. */
async function expectRecovered(folder: string): Promise<void> {
  const args = ["--data-dir", folder, "--input", INCIDENT, "--exit-after-input", ...TENANT];
  const service = startService(args);
  expect(await service.ended, service.lines.slice(-5).join("\n")).toEqual({ code: 0, signal: null });
  const { code, stdout } = await run(["explain", INCIDENT_KEY, "--data-dir", folder, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    sequence: 4,
    assignment: { type: "QUEUE", id: "5fa2a5a910e1be0019cda332" },
    diverged: true,
  });
}

describe("the service", () => {
  it.skipIf(noSmallDisk !== null)(
    `ends when the disk is full, says so, and goes on after making room${skippedBecause(noSmallDisk)}`,
    async () => {
      const disk = await smallDisk(40 * 1024 * 1024);
      await writeFile(join(disk, "ballast"), Buffer.alloc(20 * 1024 * 1024));
      const folder = join(disk, "data");
      const service = startService(["--data-dir", folder, "--input", "-", ...TENANT]);
      await expectFailure(service, /no space left on the disk of .*; make room and start again/);
      await rm(join(disk, "ballast"));
      await expectRecovered(folder);
    },
  );

  const notRoot = isRoot ? null : "becoming another user needs root";
  it.skipIf(notRoot !== null)(
    `ends when its folder cannot be written any more, says so, and goes on later${skippedBecause(notRoot)}`,
    async () => {
      const folder = join(root, "data");
      await mkdir(folder);
      await chown(folder, NOBODY, NOBODY);
      const service = startService(["--data-dir", folder, "--input", "-", ...TENANT], { uid: NOBODY });
      await service.ready();
      await chmod(join(folder, "db"), 0o555);
      await expectFailure(service, /cannot be written \(.*\); give this user the right/);
      await chmod(join(folder, "db"), 0o755);
      await expectRecovered(folder);
    },
  );

  it("does not start on damaged files: it says what is damaged, and what to do", async () => {
    const folder = join(root, "data");
    await expectRecovered(folder);
    const db = join(folder, "db");
    const manifest = (await readdir(db)).find((name) => name.startsWith("MANIFEST")) ?? "";
    const bytes = await readFile(join(db, manifest));
    bytes[40] = (bytes[40] ?? 0) ^ 0x10;
    await writeFile(join(db, manifest), bytes);
    const service = startService(["--data-dir", folder]);
    expect((await service.ended).code).toBe(1);
    const text = service.lines.join("\n");
    expect(text).toMatch(/the data in .* is damaged.*MANIFEST.*Restore the whole folder from a backup/);
    expect(text).not.toContain("    at ");
  });
});

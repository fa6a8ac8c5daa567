/** `queue-ratchet reset` of a data folder, as a user runs it: what is processed again ends where it ended before. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RESET_CRASH_POINTS } from "../../../runtime/crash-points.js";
import { INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, run } from "../../support/program.js";
import { startService } from "../../support/service.js";

const PLACES = RESET_CRASH_POINTS.slice(0, 3);

let root: string;
/** A folder that has processed the incident. */
let made: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "reset-cli-"));
  made = join(root, "made");
  expect(await start(made, "--input", INCIDENT)).toMatchObject({ code: 0 });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const reset = (folder: string, ...args: string[]) => run(["reset", "--data-dir", folder, ...args]);
const start = (folder: string, ...args: string[]) =>
  run([
    ...["start", "--data-dir", folder, "--tenant", INCIDENT_TENANT, "--exit-after-input"],
    ...["--port", "0", "--metrics-port", "0", ...args],
  ]);

async function copy(name: string): Promise<string> {
  const folder = join(root, name);
  await cp(made, folder, { recursive: true });
  return folder;
}

interface Explained {
  readonly assignment: Record<string, unknown>;
  readonly decisions: readonly { readonly reason: string; readonly emittedSequence: number | null }[];
}

async function explained(folder: string): Promise<Explained | null> {
  const { code, stdout } = await run(["explain", INCIDENT_KEY, "--data-dir", folder, "--json"]);
  return code === 0 ? JSON.parse(stdout) : null;
}

/** A start has something to wait for only with an input: one without a document. */
async function processAgain(folder: string): Promise<void> {
  const nothing = join(root, "nothing.ndjson");
  await writeFile(nothing, "");
  expect(await start(folder, "--input", nothing)).toMatchObject({ code: 0 });
}

describe("reset", () => {
  it("says what it would remove, and removes nothing, with --dry-run", async () => {
    const folder = await copy("dry");
    const { code, stdout, stderr } = await reset(folder, "--dry-run");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Would remove, of application queue-ratchet:\n {2}- the state of 1 conversation in /);
    expect(stdout).toContain("Sequences begin at 1 again.");
    expect(await explained(folder)).toEqual(await explained(made));
  });

  it("removes nothing where nobody can be asked", async () => {
    const folder = await copy("asked");
    const { code, stdout, stderr } = await reset(folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("--yes: needed where nobody can be asked");
    expect(await explained(folder)).toEqual(await explained(made));
  });

  it("removes the state, and the next start makes it again of the records that are kept, with sequences from 1", async () => {
    const folder = await copy("reset");
    const before = await explained(folder);
    const { code, stdout, stderr } = await reset(folder, "--yes");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^This removes, of application queue-ratchet:\n/);
    expect(stdout).toMatch(/Removed, with 1 row of state\.\n$/);
    expect((await run(["explain", INCIDENT_KEY, "--data-dir", folder, "--json"])).code).toBe(1);
    expect((await reset(folder, "--yes")).stdout).toBe(
      "There is no state of application queue-ratchet here: nothing to remove.\n",
    );

    await processAgain(folder);
    const after = await explained(folder);
    expect(after?.assignment).toEqual(before?.assignment);
    const emitted = after?.decisions.flatMap(({ emittedSequence }) => emittedSequence ?? []);
    // What was decided before the reset, and again after it: normalise has read the raw events again, and ratchet all of both.
    expect(emitted).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(after?.decisions).toHaveLength(3 * (before?.decisions.length ?? 0));
  });

  it.each(PLACES)("that is killed at %s is finished by whoever opens the folder next", async (place) => {
    const folder = await copy(place);
    const before = await explained(folder);
    const killed = await run(["reset", "--data-dir", folder, "--yes"], { env: { QUEUE_RATCHET_CRASH_AT: place } });
    expect(killed.code).toBeNull();
    if (place === PLACES[0]) expect((await reset(folder, "--yes")).stdout).toContain("nothing to remove");
    await processAgain(folder);
    expect((await explained(folder))?.assignment).toEqual(before?.assignment);
  });

  it("refuses while a service runs on the folder, by its pid", async () => {
    const folder = await copy("running");
    const service = startService(["--data-dir", folder]);
    await service.ready();
    const { code, stdout, stderr } = await reset(folder, "--yes");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`in use by the process with pid ${service.process.pid}`);
    service.kill("SIGTERM");
    await service.ended;
    expect(await explained(folder)).toEqual(await explained(made));
  });

  it.each([
    [["--data-dir", "/proc/none"], "--data-dir: /proc/none is not there"],
    [["--partitions", "3"], "--partitions 12"],
    [["--application-id", "other"], 'belongs to the application "queue-ratchet", not to "other"'],
    [["--frobnicate"], "--frobnicate"],
    [["--engine", "kafka"], "--brokers: needed with Kafka"],
  ])("ends with 2 and names what is wrong: %j", async (args, named) => {
    const { code, stdout, stderr } = await reset(made, "--yes", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
  });

  it("has a --help that ends in one example", async () => {
    const { code, stdout } = await run(["reset", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}\$ queue-ratchet reset [^\n]+\n$/);
  });
});

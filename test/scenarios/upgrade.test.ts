/** A data folder of version 1 rows under the new version of the program: it goes on, rows of both versions are fine, and there is no way back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EmbeddedStorage } from "../../runtime/embedded/index.js";
import { ASSIGNMENT_STORE } from "../../topology/index.js";
import type { Mutant } from "../faults/mutants/mutant.js";
import { makeOldVersion } from "../support/old-version/old-version.js";
import { BELCO, INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, RASAYEL, run } from "../support/program.js";
import { RunningService, type ServiceEnded } from "../support/service.js";

const PARTITIONS = 12;
const OWNER = { applicationId: "queue-ratchet", topicPrefix: "", partitions: PARTITIONS };
const OLDER = ["--upgrade-from", "0.1.0"];

let old: Mutant;
let root: string;
beforeAll(async () => {
  old = makeOldVersion();
  root = await mkdtemp(join(tmpdir(), "upgrade-"));
});
afterAll(async () => {
  old.remove();
  await rm(root, { recursive: true, force: true });
});

/** Processes a file, and whatever waits. */
async function start(
  folder: string,
  input: string,
  { args = [], program }: { readonly args?: readonly string[]; readonly program?: string } = {},
): Promise<ServiceEnded & { readonly said: string }> {
  const settings = ["--data-dir", folder, "--tenant", INCIDENT_TENANT, "--port", "0", "--metrics-port", "0"];
  const service = new RunningService(
    ["start", ...settings, "--input", input, "--exit-after-input", ...args],
    program === undefined ? {} : { program },
  );
  const ended = await service.ended;
  return { ...ended, said: service.lines.join("\n") };
}

interface Row {
  readonly key: string;
  readonly version: number;
}

async function rowsOf(folder: string): Promise<Row[]> {
  const storage = await EmbeddedStorage.open(folder, { ...OWNER, topics: [], cacheBytes: 1024 * 1024 });
  const found: Row[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { rows } = await storage.store(ASSIGNMENT_STORE, partition).page({ maxRows: 100 });
    for (const { key, value } of rows) found.push({ key, version: value[0] ?? Number.NaN });
  }
  await storage.close();
  return found;
}

/** The version bytes of the rows, sorted. */
async function versions(folder: string): Promise<number[]> {
  return (await rowsOf(folder)).map(({ version }) => version).sort();
}

interface Explained {
  readonly assignment: unknown;
  readonly decisions: readonly unknown[];
}

async function explained(folder: string, key: string): Promise<Explained> {
  const { code, stdout } = await run(["explain", key, "--data-dir", folder, "--json"]);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

it("goes on with it, as long as that is wished in version 1, and then for good in version 2", async () => {
  const folder = join(root, "data");
  const { program } = old;
  expect(await start(folder, INCIDENT, { program })).toMatchObject({ code: 0 });
  const { assignment } = await explained(folder, INCIDENT_KEY);
  expect(await versions(folder)).toEqual([1]);

  // The way back is open.
  expect(await start(folder, BELCO, { args: OLDER })).toMatchObject({ code: 0 });
  const belco = (await versions(folder)).length - 1;
  expect(belco).toBeGreaterThan(0);
  expect(new Set(await versions(folder))).toEqual(new Set([1]));
  expect(await start(folder, INCIDENT, { program })).toMatchObject({ code: 0 });

  // Now it is not: what is written from now on the old version cannot read.
  expect(await start(folder, RASAYEL)).toMatchObject({ code: 0 });
  expect(await versions(folder)).toEqual([...Array.from({ length: 1 + belco }, () => 1), 2]);
  expect((await explained(folder, INCIDENT_KEY)).assignment).toEqual(assignment);
  const newest = (await rowsOf(folder)).find(({ version }) => version === 2)?.key ?? "";
  const { decisions } = await explained(folder, newest);
  const refused = await start(folder, RASAYEL, { program });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.said).toContain("AssignmentRow: unknown version 2; this program reads version 1");

  // It has lost nothing: what it could not process is processed by the next start of the new one.
  expect(await start(folder, BELCO)).toMatchObject({ code: 0 });
  expect((await explained(folder, newest)).decisions).toHaveLength(2 * decisions.length);
  expect(await versions(folder)).toHaveLength(2 + belco);
});

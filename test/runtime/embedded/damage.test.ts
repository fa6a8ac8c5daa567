/** Damaged files: a named error, or data unharmed; never fewer acknowledged commits without a word. */
import { cp, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChild, WritingChild } from "./support/child-process.js";
import { temporaryFolder } from "./support/folders.js";
import { type Verdict, Verifier } from "./support/verifier.js";

const SEED = Number(process.env.SEED ?? 7);
const FLIPS = 8;
/** A table's footer, list of blocks, properties and some of its index: RocksDB reads them unverified. */
const TABLE_END_BYTES = 1_200;
const TABLE_END_FLIPS = 60;

interface Source {
  readonly folder: string;
  readonly acknowledged: ReadonlyMap<number, number>;
}

/** A folder as a killed process leaves it: with tables, a manifest and write-ahead logs. */
async function killedFolder(): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-damage-"));
  const child = new WritingChild({ folder, commits: 150, writeBufferBytes: 128 * 1024, hold: true });
  await child.said("done");
  child.kill();
  await child.ended;
  return { folder, acknowledged: child.acknowledged };
}

async function copyOf({ folder }: Source): Promise<string> {
  const copy = await temporaryFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

async function filesOf(folder: string, pattern: RegExp): Promise<string[]> {
  const names = await readdir(join(folder, "db"));
  const files = names.filter((name) => pattern.test(name)).map((name) => join("db", name));
  expect(files.length, `files like ${pattern}`).toBeGreaterThan(0);
  return files;
}

function expectNamedOrUnharmed(verdict: Verdict, what: string): "named" | "unharmed" {
  if (verdict.kind !== "named" && verdict.kind !== "unharmed") expect.fail(`${what}: ${JSON.stringify(verdict)}`);
  if (verdict.kind === "named") expect(verdict.message).toContain("Restore the whole folder from a backup");
  return verdict.kind;
}

async function flipBit(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  const place = Math.min(at, bytes.length - 1);
  bytes[place] = (bytes[place] ?? 0) ^ 0x10;
  await writeFile(path, bytes);
}

let seed = SEED;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

describe(`damage (SEED=${SEED})`, () => {
  const verifier = new Verifier();
  const verdictOf = (folder: string, { acknowledged }: Pick<Source, "acknowledged">) =>
    verifier.verify(folder, acknowledged);
  let source: Source;
  beforeAll(async () => {
    source = await killedFolder();
  });
  afterAll(async () => {
    await verifier.close();
    await rm(source.folder, { recursive: true, force: true });
  });

  it("none: the folder is whole", async () => {
    expect(await verdictOf(await copyOf(source), source)).toEqual({ kind: "unharmed" });
  });

  it.each([
    ["write-ahead log", /^\d+\.log$/],
    ["table", /\.sst$/],
    ["manifest", /^MANIFEST/],
    ["CURRENT", /^CURRENT$/],
  ])("a flipped bit in a %s", async (name, pattern) => {
    const outcomes = { named: 0, unharmed: 0 };
    for (let flip = 0; flip < FLIPS; flip++) {
      const folder = await copyOf(source);
      const files = await filesOf(folder, pattern);
      const file = join(folder, files[random(files.length)] ?? "");
      const at = random((await stat(file)).size);
      await flipBit(file, at);
      outcomes[expectNamedOrUnharmed(await verdictOf(folder, source), `${file} byte ${at}`)] += 1;
    }
    console.log(`${name}: ${JSON.stringify(outcomes)}`);
    expect(outcomes.named).toBeGreaterThan(0);
  });

  it("a flipped bit at the end of a table, which RocksDB had assertions against, is named at the start", async () => {
    const folder = await copyOf(source);
    const [name = ""] = await filesOf(folder, /\.sst$/);
    const file = join(folder, name);
    const whole = await readFile(file);
    const outcomes = { named: 0, unharmed: 0 };
    for (let flip = 0; flip < TABLE_END_FLIPS; flip++) {
      const at = whole.length - 1 - random(Math.min(TABLE_END_BYTES, whole.length));
      await flipBit(file, at);
      const verdict = await verdictOf(folder, source);
      outcomes[expectNamedOrUnharmed(verdict, `${file} byte ${at}`)] += 1;
      expect(verdict, `byte ${at}`).toMatchObject({ kind: "named", file });
      await writeFile(file, whole);
    }
    console.log(`end of a table: ${JSON.stringify(outcomes)}`);
  });

  it.each([
    ["write-ahead log", /^\d+\.log$/],
    ["table", /\.sst$/],
    ["manifest", /^MANIFEST/],
    ["CURRENT", /^CURRENT$/],
  ])("a truncated %s", async (name, pattern) => {
    const outcomes = { named: 0, unharmed: 0 };
    for (const part of [0, 0.3, 0.7, 0.99]) {
      const folder = await copyOf(source);
      const files = await filesOf(folder, pattern);
      const file = join(folder, files.at(-1) ?? "");
      await truncate(file, Math.floor((await stat(file)).size * part));
      outcomes[expectNamedOrUnharmed(await verdictOf(folder, source), `${file} to ${part}`)] += 1;
    }
    console.log(`${name}: ${JSON.stringify(outcomes)}`);
    expect(outcomes.named).toBeGreaterThan(0);
  });

  it("a bit flipped amid the write-ahead log names the file and the byte", async () => {
    const folder = await copyOf(source);
    const [log = ""] = await filesOf(folder, /^\d+\.log$/);
    await flipBit(join(folder, log), 100);
    const verdict = await verdictOf(folder, source);
    expect(verdict).toMatchObject({ kind: "named", file: join(folder, log) });
    expect(JSON.stringify(verdict)).toContain("write-ahead log was changed after it had been written, at byte 0");
  });

  it("a write-ahead log without its last record: both numbers are named", async () => {
    const folder = await copyOf(source);
    const file = join(folder, (await filesOf(folder, /^\d+\.log$/)).at(-1) ?? "");
    await truncate(file, (await stat(file)).size - 20);
    const verdict = await verdictOf(folder, source);
    expect(JSON.stringify(verdict)).toMatch(
      /acknowledged writes are lost: RocksDB's last checkpoint is \d+, and \d+ had been reached/,
    );
  });

  it.each([
    ["one slot of the checkpoint file", [20], "unharmed"],
    ["the other slot", [4096 + 20], "unharmed"],
    ["both slots", [20, 4096 + 20], "named"],
  ])("a flipped bit in %s", async (_, places, outcome) => {
    const folder = await copyOf(source);
    for (const at of places) await flipBit(join(folder, "checkpoint"), at);
    const verdict = await verdictOf(folder, source);
    expect(expectNamedOrUnharmed(verdict, "checkpoint")).toBe(outcome);
    if (outcome === "named") expect(verdict).toMatchObject({ file: join(folder, "checkpoint") });
  });

  it("a truncated checkpoint file is named", async () => {
    const folder = await copyOf(source);
    const handle = await open(join(folder, "checkpoint"), "r+");
    await handle.truncate(10);
    await handle.close();
    expect(await verdictOf(folder, source)).toMatchObject({ file: join(folder, "checkpoint") });
  });

  it("an older copy of the database is named", async () => {
    const folder = await copyOf(source);
    const child = startChild({ folder, commits: 5 });
    await child.ended;
    await rm(join(folder, "db"), { recursive: true });
    await cp(join(source.folder, "db"), join(folder, "db"), { recursive: true });
    expect(await verdictOf(folder, child)).toMatchObject({ kind: "named" });
  });
});

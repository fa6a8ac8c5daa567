/** Table files and manifests: every flipped bit is named before RocksDB reads it. Nothing here lets RocksDB open what is damaged. */
import { readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tablesOfManifest } from "../../../runtime/rocksdb/manifest.js";
import { checkTable, checkTableStructures } from "../../../runtime/rocksdb/table-check.js";
import { temporaryFolder } from "../embedded/support/folders.js";
import { fileOf, fill, flipBit, folderWithTable, openDatabase } from "./support/databases.js";

const SEED = Number(process.env.SEED ?? 11);
const FOOTER_BYTES = 53;

interface Table {
  readonly bytes: Buffer;
  readonly manifest: Buffer;
  readonly number: number;
}
let made: Table | null = null;

/** The same for all tests, made in the first. */
async function wholeTable(): Promise<Table> {
  if (made !== null) return made;
  const folder = await folderWithTable(3_000);
  const [name] = await tablesOfManifest(folder);
  const bytes = await readFile(await fileOf(folder, /\.sst$/));
  made = { bytes, manifest: await readFile(await fileOf(folder, /^MANIFEST/)), number: name?.number ?? 0 };
  return made;
}

/** A folder with the table alone. */
async function folderOf(bytes: Buffer, table: Table) {
  const folder = await temporaryFolder();
  const file = join(folder, `${String(table.number).padStart(6, "0")}.sst`);
  await writeFile(file, bytes);
  await writeFile(join(folder, "MANIFEST-000009"), table.manifest);
  await writeFile(join(folder, "CURRENT"), "MANIFEST-000009\n");
  return { folder, file };
}

/** Each place is flipped, checked, and mended. @returns the places where nobody noticed */
async function unnoticed(check: "structure" | "all", places: Iterable<readonly [number, number]>): Promise<string[]> {
  const table = await wholeTable();
  const { folder, file } = await folderOf(table.bytes, table);
  const missed: string[] = [];
  const name = { number: table.number, sizeBytes: table.bytes.length };
  for (const [at, bit] of places) {
    await writeFile(file, flipped(table.bytes, at, bit));
    const done = check === "all" ? checkTable(folder, name) : checkTableStructures(folder);
    const error = await done.then(
      () => null,
      (failure: unknown) => failure,
    );
    if (error === null) missed.push(`${at - table.bytes.length}:${bit}`);
    else expect(error).toMatchObject({ name: "CorruptStoreError", file });
  }
  return missed;
}

function flipped(whole: Buffer, at: number, bit: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  return bytes;
}

function* bitsOf(from: number, to: number): Generator<[number, number]> {
  for (let at = from; at < to; at++) for (let bit = 0; bit < 8; bit++) yield [at, bit];
}

function* randomBits(count: number, below: number): Generator<[number, number]> {
  let seed = SEED;
  for (let index = 0; index < count; index++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    yield [Math.floor((seed / 2 ** 32) * below), index % 8];
  }
}

describe(`a table (SEED=${SEED})`, () => {
  it("that is whole passes", async () => {
    const table = await wholeTable();
    expect(await unnoticed("all", [])).toEqual([]);
    const { folder } = await folderOf(table.bytes, table);
    await checkTableStructures(folder);
    await checkTable(folder, { number: table.number, sizeBytes: table.bytes.length });
  });

  it("with a flipped bit anywhere is named", async () => {
    const table = await wholeTable();
    expect(await unnoticed("all", randomBits(500, table.bytes.length - FOOTER_BYTES))).toEqual([]);
  });

  it("with any flipped bit of the footer is named at the start, but for one that means the same", async () => {
    const table = await wholeTable();
    const places = bitsOf(table.bytes.length - FOOTER_BYTES, table.bytes.length);
    // A last byte of a number that is said to be followed by another one, which is a zero of the padding.
    expect((await unnoticed("structure", places)).length).toBeLessThanOrEqual(1);
  });

  it("with a flipped bit of what RocksDB reads when it opens it is named at the start", async () => {
    const table = await wholeTable();
    const properties = table.bytes.indexOf("rocksdb.block.based.table.index.type");
    const footer = table.bytes.length - FOOTER_BYTES;
    expect(properties).toBeGreaterThan(0);
    const places = [...bitsOf(properties, footer)].filter(([at, bit]) => at % 8 === bit);
    expect(await unnoticed("structure", places)).toEqual([]);
  });

  it("that is cut, or longer, or missing is named", async () => {
    const table = await wholeTable();
    const { folder, file } = await folderOf(table.bytes, table);
    for (const size of [0, 10, 1_000, table.bytes.length - 1, table.bytes.length + 1]) {
      await writeFile(file, table.bytes);
      await truncate(file, size);
      await expect(checkTableStructures(folder), `${size}`).rejects.toMatchObject({ name: "CorruptStoreError", file });
    }
    await rm(file);
    await expect(checkTableStructures(folder)).rejects.toMatchObject({ name: "CorruptStoreError", file });
  });

  it("with blocks in another order is named, though each fits its checksum", async () => {
    const table = await wholeTable();
    const other = await readFile(await fileOf(await folderWithTable(10), /\.sst$/));
    const { folder, file } = await folderOf(other, table);
    const name = { number: table.number, sizeBytes: other.length };
    await checkTable(folder, name);
    // The footer of a small table says of a larger one: the blocks before its own are nobody's.
    await writeFile(file, Buffer.concat([table.bytes.subarray(0, -FOOTER_BYTES), other.subarray(-FOOTER_BYTES)]));
    const sizeBytes = (await stat(file)).size;
    await expect(checkTable(folder, { ...name, sizeBytes })).rejects.toMatchObject({ file });
  });

  it("that does not belong to the database is not looked at: a crash leaves such files half written", async () => {
    const table = await wholeTable();
    const { folder } = await folderOf(table.bytes, table);
    await writeFile(join(folder, "999998.sst"), table.bytes.subarray(0, 500));
    await checkTableStructures(folder);
  });
});

describe("a manifest", () => {
  it("lists what is there, also after merging", async () => {
    const folder = await folderWithTable(300);
    for (let round = 0; round < 6; round++) {
      const database = await openDatabase(folder);
      await fill(database, 300);
      await database.close();
      const tables = await tablesOfManifest(folder);
      expect(tables.length).toBeGreaterThan(0);
      for (const { number, sizeBytes } of tables)
        expect((await stat(join(folder, `${String(number).padStart(6, "0")}.sst`))).size).toBe(sizeBytes);
    }
  });

  it("that is not there lists nothing", async () => {
    expect(await tablesOfManifest(join(await temporaryFolder(), "none"))).toEqual([]);
    const folder = await folderWithTable(10);
    await rename(await fileOf(folder, /^MANIFEST/), join(folder, "moved"));
    expect(await tablesOfManifest(folder)).toEqual([]);
    await writeFile(join(folder, "CURRENT"), "nonsense");
    expect(await tablesOfManifest(folder)).toEqual([]);
  });

  it("with a flipped bit is named, or has lost its end as after a crash", async () => {
    const table = await wholeTable();
    const { folder } = await folderOf(table.bytes, table);
    const file = join(folder, "MANIFEST-000009");
    let named = 0;
    for (const [at, bit] of bitsOf(0, table.manifest.length)) {
      await writeFile(file, table.manifest);
      await flipBit(file, at, bit);
      const outcome = await tablesOfManifest(folder).catch((error: unknown) => error);
      if (Array.isArray(outcome)) continue;
      expect(outcome).toMatchObject({ name: "CorruptStoreError", file });
      named += 1;
    }
    // Only in the lengths of records can a flipped bit look like an end.
    expect(named / (table.manifest.length * 8)).toBeGreaterThan(0.9);
  });

  it("cut at any byte is read up to there", async () => {
    const table = await wholeTable();
    const { folder } = await folderOf(table.bytes, table);
    for (let end = 0; end < table.manifest.length; end++) {
      await writeFile(join(folder, "MANIFEST-000009"), table.manifest.subarray(0, end));
      expect(await tablesOfManifest(folder), `cut at ${end}`).toEqual([]);
    }
  });
});

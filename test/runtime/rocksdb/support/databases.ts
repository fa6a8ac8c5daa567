/** Databases for tests, in folders that are removed after the test. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { RocksDb, type RocksDbOptions } from "../../../../runtime/rocksdb/index.js";
import { temporaryFolder } from "../../embedded/support/folders.js";

const OPTIONS: RocksDbOptions = { cacheBytes: 1024 * 1024, writeBufferBytes: 1024 * 1024, createIfMissing: true };

export async function openDatabase(folder: string, options: Partial<RocksDbOptions> = {}): Promise<RocksDb> {
  const database = await RocksDb.open(folder, { ...OPTIONS, ...options });
  onTestFinished(() => database.close());
  return database;
}

export async function newDatabase(): Promise<RocksDb> {
  return openDatabase(await temporaryFolder());
}

/** Entry n is (keyOf(n), contentOf(n)). */
export const keyOf = (number: number) => Buffer.from(`key${String(number).padStart(6, "0")}`);
export const contentOf = (number: number) => Buffer.from(`value ${number} `.repeat(8));

export async function fill(database: RocksDb, entries: number): Promise<void> {
  await database.write((batch) => {
    for (let number = 0; number < entries; number++) batch.put(keyOf(number), contentOf(number));
  });
}

/** A closed database, all in one table file. @returns the folder */
export async function folderWithTable(entries: number): Promise<string> {
  const folder = await temporaryFolder();
  const database = await openDatabase(folder);
  await fill(database, entries);
  await database.close();
  // What the write-ahead log holds becomes a table at the next start.
  await (await openDatabase(folder)).close();
  return folder;
}

/** The path of the one file whose name is like this. */
export async function fileOf(folder: string, pattern: RegExp): Promise<string> {
  const names = (await readdir(folder)).filter((name) => pattern.test(name));
  if (names.length !== 1) throw new Error(`${names.length} files are like ${pattern}`);
  return join(folder, names[0] ?? "");
}

export async function flipBit(path: string, at: number, bit = 4): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  await writeFile(path, bytes);
}

/** What may happen to the files of an instance that does not run. */
import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { RocksDb } from "../../../../runtime/rocksdb/index.js";
import { decodeChecked, encodeChecked } from "../../../../runtime/stores/checked-json.js";

export interface Damage {
  readonly what: string;
  /** After which the store's files hold enough to be damaged: logs are long after a crash, tables are made of them by a start. */
  readonly after: "SIGKILL" | "SIGTERM";
  readonly isDamaged: (fileName: string) => boolean;
  readonly damage: (file: string) => Promise<void>;
}

const isTable = (name: string) => /\.(sst|ldb)$/.test(name);
const isLog = (name: string) => /^\d+\.log$/.test(name);

export const DAMAGES: readonly Damage[] = [
  { what: "a bit of the write-ahead log is flipped", after: "SIGKILL", isDamaged: isLog, damage: flipBit },
  { what: "a bit of a table is flipped", after: "SIGTERM", isDamaged: isTable, damage: flipBit },
  { what: "a table is cut off", after: "SIGTERM", isDamaged: isTable, damage: cutOff },
  {
    what: "a bit of the manifest is flipped",
    after: "SIGTERM",
    isDamaged: (name) => name.startsWith("MANIFEST"),
    damage: flipBit,
  },
  { what: "CURRENT is missing", after: "SIGTERM", isDamaged: (name) => name === "CURRENT", damage: (file) => rm(file) },
];

/** @param folder the instance's data folder */
export async function damageStore(folder: string, { what, isDamaged, damage }: Damage): Promise<void> {
  const database = databaseOf(folder);
  const sizes = new Map<string, number>();
  for (const name of (await readdir(database)).filter(isDamaged))
    sizes.set(name, (await stat(join(database, name))).size);
  const [largest] = [...sizes].sort(([, one], [, other]) => other - one);
  if (largest === undefined || largest[1] === 0) throw new Error(`${what}: there is no such file in ${database}`);
  await damage(join(database, largest[0]));
}

/** As if the folder had been used with another cluster. */
export async function makeOfAnotherCluster(folder: string): Promise<void> {
  const database = await RocksDb.open(databaseOf(folder), {
    cacheBytes: MIB,
    writeBufferBytes: MIB,
    createIfMissing: false,
  });
  try {
    const identity = decodeChecked((await database.get(IDENTITY_KEY)) ?? Buffer.alloc(0), z.looseObject({}));
    if (identity === null) throw new Error(`the store in ${folder} does not say whose it is`);
    await database.write((batch) => batch.put(IDENTITY_KEY, encodeChecked({ ...identity, clusterId: "another-one" })));
  } finally {
    await database.close();
  }
}

const MIB = 1024 * 1024;
const IDENTITY_KEY = Buffer.of(0x01);

function databaseOf(folder: string): string {
  return join(folder, "kafka", "db");
}

async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 3);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  await writeFile(file, bytes);
}

async function cutOff(file: string): Promise<void> {
  await truncate(file, Math.floor((await stat(file)).size / 2));
}

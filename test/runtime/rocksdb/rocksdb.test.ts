/** RocksDB behind promises: what is read is what was written, and misuse is an error and not the end of the process. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CorruptStoreError,
  type Entry,
  RocksDb,
  StorageIoError,
  StoreLockedError,
} from "../../../runtime/rocksdb/index.js";
import { temporaryFolder } from "../embedded/support/folders.js";
import {
  contentOf,
  fileOf,
  fill,
  flipBit,
  folderWithTable,
  keyOf,
  newDatabase,
  openDatabase,
} from "./support/databases.js";

const text = (bytes: Buffer | undefined) => bytes?.toString();
const keysOf = (entries: readonly Entry[]) => entries.map(({ key }) => text(key));
const ALL = { from: keyOf(0), to: Buffer.from("l"), maxEntries: 1_000 };
const ENTRY_BYTES = keyOf(0).length + contentOf(0).length;

describe("opening", () => {
  it("makes a folder and a database where there is none", async () => {
    const folder = join(await temporaryFolder(), "deep", "er");
    await fill(await openDatabase(folder), 1);
    expect(await readdir(folder)).toContain("CURRENT");
  });

  it("takes a missing database for lost, when it is not to be made", async () => {
    const folder = await temporaryFolder();
    await expect(openDatabase(folder, { createIfMissing: false })).rejects.toThrow(CorruptStoreError);
    expect(await readdir(folder)).not.toContain("CURRENT");
  });

  it("refuses what is open already", async () => {
    const { folder } = await newDatabase();
    await expect(openDatabase(folder)).rejects.toThrow(StoreLockedError);
  });

  it("says what the operating system says where a file is in the way", async () => {
    const path = join(await temporaryFolder(), "file");
    await writeFile(path, "");
    await expect(openDatabase(path)).rejects.toThrow(StorageIoError);
  });

  it("finds again what was written before it was closed", async () => {
    const database = await newDatabase();
    await fill(database, 2);
    await database.close();
    const again = await openDatabase(database.folder, { createIfMissing: false });
    expect(await again.getMany([keyOf(0), keyOf(1)])).toEqual([contentOf(0), contentOf(1)]);
  });

  it("takes any number of bytes for its memory", async () => {
    const database = await openDatabase(await temporaryFolder(), { cacheBytes: 2 ** 40, writeBufferBytes: 100_000.5 });
    await fill(database, 1);
    expect(await database.get(keyOf(0))).toEqual(contentOf(0));
  });
});

describe("reading by key", () => {
  it("gives the values in the order of the keys, also twice, and undefined where there is none", async () => {
    const database = await newDatabase();
    await fill(database, 3);
    const keys = [keyOf(2), keyOf(9), keyOf(0), keyOf(2)];
    expect(await database.getMany(keys)).toEqual([contentOf(2), undefined, contentOf(0), contentOf(2)]);
    expect(await database.get(keyOf(1))).toEqual(contentOf(1));
    expect(await database.get(keyOf(9))).toBeUndefined();
  });

  it("of no key gives nothing", async () => {
    expect(await (await newDatabase()).getMany([])).toEqual([]);
  });

  it("takes an empty value for a value, and any bytes for a key", async () => {
    const database = await newDatabase();
    const key = Buffer.of(0, 0xff, 0);
    await database.write((batch) => batch.put(key, Buffer.alloc(0)));
    expect(await database.getMany([key, Buffer.of(0, 0xff)])).toEqual([Buffer.alloc(0), undefined]);
  });
});

describe("writing", () => {
  it("puts and deletes in one step, the later of two for a key wins", async () => {
    const database = await newDatabase();
    await fill(database, 2);
    await database.write((batch) => {
      batch.delete(keyOf(0));
      batch.put(keyOf(1), Buffer.from("first"));
      batch.put(keyOf(1), Buffer.from("second"));
    });
    expect((await database.getMany([keyOf(0), keyOf(1)])).map(text)).toEqual([undefined, "second"]);
  });

  it("says how much it wrote, about", async () => {
    const database = await newDatabase();
    const written = await database.write((batch) => batch.put(keyOf(0), contentOf(0)));
    expect(written).toBeGreaterThanOrEqual(ENTRY_BYTES);
    expect(written).toBeLessThan(ENTRY_BYTES + 20);
  });

  it("is refused while another is under way, which is not harmed", async () => {
    const database = await newDatabase();
    const first = database.write((batch) => batch.put(keyOf(0), contentOf(0)));
    await expect(database.write((batch) => batch.put(keyOf(1), contentOf(1)))).rejects.toThrow("a write is under way");
    await first;
    await database.write((batch) => batch.put(keyOf(2), contentOf(2)));
    expect(await database.getMany([0, 1, 2].map(keyOf))).toEqual([contentOf(0), undefined, contentOf(2)]);
  });

  it("writes nothing of a batch that could not be filled, then nor with the next", async () => {
    const database = await newDatabase();
    const failing = database.write((batch) => {
      batch.put(keyOf(0), contentOf(0));
      throw new Error("half filled");
    });
    await expect(failing).rejects.toThrow("half filled");
    await database.write((batch) => batch.put(keyOf(1), contentOf(1)));
    expect(await database.getMany([keyOf(0), keyOf(1)])).toEqual([undefined, contentOf(1)]);
  });

  it("copies what it is given", async () => {
    const database = await newDatabase();
    const value = Buffer.from("before");
    await database.write((batch) => {
      batch.put(keyOf(0), value);
      value.fill("x");
    });
    expect(text(await database.get(keyOf(0)))).toBe("before");
  });
});

describe.each(["range", "unverifiedRange"] as const)("%s", (method) => {
  it.each([
    ["memory", newDatabase],
    ["a table", async () => openDatabase(await folderWithTable(0))],
  ])("holds the first key and not the one after the last, from %s", async (_, make) => {
    const database = await make();
    await fill(database, 6);
    const page = await database[method]({ from: keyOf(1), to: keyOf(4), maxEntries: 10 });
    expect(page).toEqual([1, 2, 3].map((number) => ({ key: keyOf(number), value: contentOf(number) })));
  });

  it("goes from the last down in reverse", async () => {
    const database = await newDatabase();
    await fill(database, 6);
    const page = await database[method]({ from: keyOf(1), to: keyOf(4), reverse: true, maxEntries: 2 });
    expect(keysOf(page)).toEqual([keyOf(3), keyOf(2)].map(text));
  });

  it("ends after so many entries", async () => {
    const database = await newDatabase();
    await fill(database, 6);
    for (const maxEntries of [1, 2, 3, 6, 7])
      expect(await database[method]({ ...ALL, maxEntries })).toHaveLength(Math.min(maxEntries, 6));
  });

  it("ends with the entry that reaches so many bytes", async () => {
    const database = await newDatabase();
    await fill(database, 6);
    for (const [maxBytes, entries] of [
      [1, 1],
      [ENTRY_BYTES, 1],
      [ENTRY_BYTES + 1, 2],
      [ENTRY_BYTES * 3, 3],
    ] as const)
      expect(await database[method]({ ...ALL, maxBytes })).toHaveLength(entries);
  });

  it("is empty where there is nothing", async () => {
    const database = await newDatabase();
    await fill(database, 2);
    expect(await database[method]({ from: keyOf(5), to: keyOf(9), maxEntries: 10 })).toEqual([]);
    expect(await database[method]({ from: keyOf(1), to: keyOf(1), maxEntries: 10 })).toEqual([]);
  });

  it("is of one moment, while it is written to", async () => {
    const database = await openDatabase(await folderWithTable(500));
    const page = database[method]({ from: keyOf(0), to: keyOf(500), maxEntries: 1_000 });
    await database.write((batch) => batch.put(Buffer.from("key000000-later"), contentOf(0)));
    expect(await page).toHaveLength(500);
  });

  it("reads what has been merged into other files meanwhile", async () => {
    const folder = await folderWithTable(300);
    for (let round = 0; round < 6; round++) {
      // Each start makes a table; four of them are merged in the background.
      const database = await openDatabase(folder);
      await fill(database, 300);
      for (let page = 0; page < 5; page++) expect(await database[method](ALL)).toHaveLength(300);
      await database.close();
    }
  });

  it("names a table that was changed, and does not give its entries", async () => {
    const folder = await folderWithTable(500);
    const file = await fileOf(folder, /\.sst$/);
    await flipBit(file, (await readFile(file)).indexOf("value 3"));
    const database = await openDatabase(folder);
    for (let tries = 0; tries < 2; tries++)
      await expect(database[method](ALL)).rejects.toMatchObject({ name: "CorruptStoreError", file });
    // A range that the table does not reach into is not held up by it.
    expect(await database[method]({ from: Buffer.from("m"), to: Buffer.from("n"), maxEntries: 1 })).toEqual([]);
  });
});

describe("sizes and failures in the background", () => {
  it("tells what a range takes in the files, about", async () => {
    const database = await openDatabase(await folderWithTable(2_000));
    const all = await database.approximateSize(keyOf(0), keyOf(2_000));
    expect(all).toBeGreaterThan(1_000);
    expect(await database.approximateSize(keyOf(0), keyOf(1_000))).toBeLessThan(all);
    expect(await database.approximateSize(Buffer.from("m"), Buffer.from("n"))).toBe(0);
  });

  it("counts none when all is well", async () => {
    const database = await newDatabase();
    await fill(database, 1);
    expect(database.backgroundErrors).toBe(0);
  });

  it.each([
    ["[ERROR] Waiting after flush error: IO error: No space left on device: While appending", "DiskFullError"],
    ["[WARN] Compaction error: Corruption: block checksum mismatch in /data/000012.sst", "CorruptStoreError"],
    ["[INFO] nothing of the kind", "StorageIoError"],
  ])("reads the last one from RocksDB's log: %s", async (line, name) => {
    const database = await newDatabase();
    await writeFile(join(database.folder, "LOG"), `IO error: No such device\n${line}\n[INFO] after it\n`);
    expect(await database.backgroundError()).toMatchObject({ name });
  });

  it("refers to RocksDB's log when there is nothing in it", async () => {
    const database = await newDatabase();
    const file = join(database.folder, "LOG");
    await writeFile(file, "[INFO] nothing of the kind");
    expect(String(await database.backgroundError())).toContain(`background work failed, see ${file}`);
  });

  it("says that the log itself cannot be read", async () => {
    const database = await newDatabase();
    await rm(join(database.folder, "LOG"));
    expect(await database.backgroundError()).toMatchObject({ name: "CorruptStoreError" });
  });
});

describe("closing", () => {
  it("makes every later use an error", async () => {
    const database = await newDatabase();
    await fill(database, 1);
    await database.close();
    const uses = [
      () => database.getMany([keyOf(0)]),
      () => database.getMany([]),
      () => database.get(keyOf(0)),
      () => database.write((batch) => batch.put(keyOf(0), contentOf(0))),
      () => database.range(ALL),
      () => database.unverifiedRange(ALL),
      () => database.approximateSize(keyOf(0), keyOf(1)),
      async () => database.backgroundErrors,
    ];
    for (const use of uses) await expect(use()).rejects.toThrow(`the database in ${database.folder} is closed`);
  });

  it("may be asked for twice", async () => {
    const database = await newDatabase();
    await Promise.all([database.close(), database.close()]);
    await database.close();
  });

  it("waits for what is under way, which succeeds", async () => {
    const folder = await folderWithTable(500);
    const database = await openDatabase(folder);
    const underWay = [
      database.range(ALL),
      database.unverifiedRange(ALL),
      database.getMany([keyOf(1)]),
      database.approximateSize(keyOf(0), keyOf(9)),
      database.write((batch) => batch.put(keyOf(1), Buffer.from("written"))),
    ];
    await database.close();
    const [page, unverified] = await Promise.all(underWay);
    expect([page, unverified]).toMatchObject([{ length: 500 }, { length: 500 }]);
    expect(text(await (await openDatabase(folder)).get(keyOf(1)))).toBe("written");
  });
});

describe("destroying", () => {
  it("removes a database and nothing else", async () => {
    const folder = await folderWithTable(10);
    await writeFile(join(folder, "mine.txt"), "mine");
    await RocksDb.destroy(folder);
    expect((await readdir(folder)).filter((name) => !name.startsWith("LOG"))).toEqual(["mine.txt"]);
  });

  it("is refused while it is open", async () => {
    const database = await newDatabase();
    await fill(database, 1);
    await expect(RocksDb.destroy(database.folder)).rejects.toThrow(StoreLockedError);
    expect(await database.get(keyOf(0))).toEqual(contentOf(0));
  });
});

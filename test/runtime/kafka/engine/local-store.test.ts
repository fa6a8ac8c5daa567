/** An instance's copy of its changelogs: kept over starts, and thrown away with a word when it cannot be trusted. */
import { rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { LocalStore, type TaskWrite } from "../../../../runtime/kafka/store/local-store.js";
import { RocksDb, StorageError } from "../../../../runtime/rocksdb/index.js";
import { temporaryFolder } from "../../embedded/support/folders.js";
import { fileOf, flipBit } from "../../rocksdb/support/databases.js";

const OWNER = { clusterId: "cluster", applicationId: "app" };
const MIB = 1024 * 1024;
const text = (value: Uint8Array | undefined) => (value === undefined ? null : Buffer.from(value).toString());

interface Opened {
  readonly store: LocalStore;
  /** What the log was told of thrown-away data. */
  readonly thrownAway: string[];
}

async function open(folder: string, owner: Partial<typeof OWNER> = {}): Promise<Opened> {
  const thrownAway: string[] = [];
  const store = await LocalStore.open({
    folder,
    ...OWNER,
    ...owner,
    cacheBytes: MIB,
    log: (_, message, fields) => thrownAway.push(`${message}: ${fields?.because}`),
  });
  onTestFinished(() => store.close());
  return { store, thrownAway };
}

function positions(checkpoint: number, offset: number) {
  return { checkpoint, positions: [{ topic: "input", partition: 0, offset }], counters: [{ name: "rows", count: 2 }] };
}

function write(partition: number, offset: number, fields: Partial<TaskWrite> = {}): TaskWrite {
  return {
    subTopology: "sub",
    partition,
    store: "rows",
    rows: [{ key: "k", value: Buffer.from(`${partition}/${offset}`) }],
    positions: positions(offset, 10 * offset),
    mark: { topicId: "topic", offset },
    ...fields,
  };
}

async function rowOf(store: LocalStore, partition: number, key = "k"): Promise<string | null> {
  const [row] = await store.rows("rows", partition).getMany([key]);
  return text(row);
}

/** A store with two tasks, closed. */
async function filled(): Promise<string> {
  const folder = await temporaryFolder();
  const { store } = await open(folder);
  await store.write([write(0, 1), write(1, 1)]);
  await store.write([write(1, 2)]);
  await store.close();
  return folder;
}

async function expectThrownAway(folder: string, owner: Partial<typeof OWNER>, because: string): Promise<void> {
  const { store, thrownAway } = await open(folder, owner);
  expect(thrownAway).toEqual([expect.stringContaining(because)]);
  expect(thrownAway[0]).toMatch(/^the local store is thrown away, its tasks will be restored from their changelogs: /);
  expect([store.task("sub", 0), store.task("sub", 1), await rowOf(store, 1)]).toEqual([null, null, null]);
  await store.write([write(0, 7)]);
  await store.close();
  const again = await open(folder, owner);
  expect([again.thrownAway, again.store.task("sub", 0)?.mark.offset]).toEqual([[], 7]);
}

describe("a local store", () => {
  it("that is new has nothing of any task", async () => {
    const { store, thrownAway } = await open(await temporaryFolder());
    expect([store.task("sub", 0), store.marksOf("sub"), thrownAway]).toEqual([null, new Map(), []]);
  });

  it("has what was written: rows, positions, and up to where the changelog is here", async () => {
    const { store } = await open(await temporaryFolder());
    await store.write([write(0, 1), write(1, 1)]);
    await store.write([write(1, 2)]);
    expect([await rowOf(store, 0), await rowOf(store, 1)]).toEqual(["0/1", "1/2"]);
    expect(store.task("sub", 1)).toEqual({ mark: { topicId: "topic", offset: 2 }, positions: positions(2, 20) });
    expect(store.marksOf("sub")).toEqual(
      new Map([
        [0, 1],
        [1, 2],
      ]),
    );
  });

  it("has the same when it is opened again", async () => {
    const { store, thrownAway } = await open(await filled());
    expect([await rowOf(store, 0), await rowOf(store, 1)]).toEqual(["0/1", "1/2"]);
    expect(store.task("sub", 0)).toEqual({ mark: { topicId: "topic", offset: 1 }, positions: positions(1, 10) });
    expect(store.task("sub", 1)).toEqual({ mark: { topicId: "topic", offset: 2 }, positions: positions(2, 20) });
    expect(thrownAway).toEqual([]);
  });

  it("keeps the positions that it has where a page of the changelog brings none", async () => {
    const folder = await filled();
    const first = await open(folder);
    const { positions: _, ...page } = write(1, 3);
    await first.store.write([page]);
    const expected = { mark: { topicId: "topic", offset: 3 }, positions: positions(2, 20) };
    expect(first.store.task("sub", 1)).toEqual(expected);
    await first.store.close();
    expect((await open(folder)).store.task("sub", 1)).toEqual(expected);
  });

  it("has no positions where none came yet", async () => {
    const folder = await temporaryFolder();
    const { store } = await open(folder);
    const { positions: _, ...page } = write(0, 3);
    await store.write([page]);
    await store.close();
    expect((await open(folder)).store.task("sub", 0)).toEqual({ mark: page.mark, positions: null });
  });

  it("tells the marks of one sub-topology from those of others, whatever their names", async () => {
    const { store } = await open(await temporaryFolder());
    await store.write([write(0, 1), write(0, 2, { subTopology: "sub/1" }), write(12, 3, { subTopology: "su" })]);
    expect([...store.marksOf("sub")]).toEqual([[0, 1]]);
    expect([...store.marksOf("sub/1")]).toEqual([[0, 2]]);
    expect([...store.marksOf("su")]).toEqual([[12, 3]]);
  });

  it("writes in the order of the calls, all of them", async () => {
    const { store } = await open(await temporaryFolder());
    await Promise.all(Array.from({ length: 50 }, (_, offset) => store.write([write(0, offset)])));
    expect([await rowOf(store, 0), store.task("sub", 0)?.mark.offset]).toEqual(["0/49", 49]);
  });

  it("waits for what is being written when it is closed", async () => {
    const folder = await temporaryFolder();
    const { store } = await open(folder);
    void store.write([write(0, 5)]);
    await store.close();
    expect((await open(folder)).store.task("sub", 0)?.mark.offset).toBe(5);
  });
});

describe("a task that is forgotten", () => {
  it("leaves nothing, and the others everything", async () => {
    const folder = await filled();
    const { store } = await open(folder);
    const rows = Array.from({ length: 25_000 }, (_, row) => ({ key: `k${row}`, value: Buffer.from("v") }));
    await store.write([write(1, 3, { rows })]);
    await store.forget("sub", 1, "rows");
    const check = async (one: LocalStore) => {
      expect([one.task("sub", 1), (await one.rows("rows", 1).page({ maxRows: 10 })).rows]).toEqual([null, []]);
      expect([one.task("sub", 0)?.mark.offset, await rowOf(one, 0)]).toEqual([1, "0/1"]);
    };
    await check(store);
    await store.close();
    await check((await open(folder)).store);
  });

  it("is there again when it is written again", async () => {
    const { store } = await open(await filled());
    await store.forget("sub", 1, "rows");
    const { positions: _, ...page } = write(1, 9);
    await store.write([page]);
    expect(store.task("sub", 1)).toEqual({ mark: { topicId: "topic", offset: 9 }, positions: null });
  });
});

describe("a local store is thrown away, and says why, when it", () => {
  it("belongs to another cluster", async () => {
    await expectThrownAway(await filled(), { clusterId: "other" }, "it belongs to the cluster cluster, not to other");
  });

  it("belongs to another application", async () => {
    const owner = { applicationId: "other" };
    await expectThrownAway(await filled(), owner, "it belongs to the application app, not to other");
  });

  /** Of a key that nobody but the store writes. */
  async function damage(folder: string, firstByte: number): Promise<void> {
    const database = await RocksDb.open(join(folder, "db"), {
      cacheBytes: MIB,
      writeBufferBytes: MIB,
      createIfMissing: false,
    });
    const [entry] = await database.range({ from: Buffer.of(firstByte), to: Buffer.of(firstByte + 1), maxEntries: 1 });
    if (entry === undefined) throw new Error("there is nothing to be damaged");
    const value = Buffer.from(entry.value);
    value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
    await database.write((batch) => batch.put(entry.key, value));
    await database.close();
  }

  it.each([
    ["says wrongly whose it is", 0x01, "the record that says whose data it is does not fit"],
    ["has a damaged mark", 0x31, "the mark of task sub-0: not what was written"],
  ])("%s", async (_, firstByte, because) => {
    const folder = await filled();
    await damage(folder, firstByte);
    await expectThrownAway(folder, {}, because);
  });

  it("has positions that cannot be read", async () => {
    const folder = await filled();
    const file = join(folder, "db");
    const options = { cacheBytes: MIB, writeBufferBytes: MIB, createIfMissing: false };
    const database = await RocksDb.open(file, options);
    const [entry] = await database.range({ from: Buffer.of(0x30), to: Buffer.of(0x31), maxEntries: 1 });
    await database.write((batch) => batch.put(entry?.key ?? Buffer.of(), Buffer.of(9, 9)));
    await database.close();
    await expectThrownAway(folder, {}, "the positions of task sub-0: not what was written");
  });

  it("has lost what was written last", async () => {
    const folder = await filled();
    const database = await RocksDb.open(join(folder, "db"), {
      cacheBytes: MIB,
      writeBufferBytes: MIB,
      createIfMissing: false,
    });
    await database.write((batch) => batch.delete(Buffer.of(0x03, 0, 0, 0, 1)));
    await database.close();
    await expectThrownAway(folder, {}, "acknowledged writes are lost: checkpoint 1 is missing");
  });

  it("has a damaged file", async () => {
    const folder = await filled();
    // What the write-ahead log holds becomes a table at the next start.
    await (await open(folder)).store.close();
    const table = await fileOf(join(folder, "db"), /\.sst$/);
    await truncate(table, 40);
    await expectThrownAway(folder, {}, "a table was changed after it had been written");
  });

  it("has a write-ahead log that is damaged in the middle", async () => {
    const { folder, log } = await filledLog();
    await flipBit(log, 60);
    await expectThrownAway(folder, {}, "its write-ahead log was changed after it had been written");
  });
});

/** Many checkpoints of one task, as a killed process leaves them: in the write-ahead log, over several of its blocks. */
async function filledLog(): Promise<{ readonly folder: string; readonly log: string }> {
  const folder = await temporaryFolder();
  const { store } = await open(folder);
  for (let offset = 0; offset < 100; offset++) {
    const big = { key: "big", value: Buffer.alloc(1_000, offset) };
    await store.write([write(0, offset, { rows: [...write(0, offset).rows, big] })]);
  }
  await store.close();
  return { folder, log: await fileOf(join(folder, "db"), /\.log$/) };
}

it("a local store that has lost its last writes falls back to the one before, rows and positions together", async () => {
  const { folder, log } = await filledLog();
  await truncate(log, (await stat(log)).size - 1_500);
  const { store } = await open(folder);
  const { mark, positions: standing } = store.task("sub", 0) ?? {};
  expect(mark?.offset).toBeGreaterThan(90);
  expect(mark?.offset).toBeLessThan(99);
  expect(standing).toEqual(positions(mark?.offset ?? 0, 10 * (mark?.offset ?? 0)));
  expect(await rowOf(store, 0)).toBe(`0/${mark?.offset}`);
});

it("a disk that cannot be written is an error, and nothing is thrown away", async () => {
  const folder = join(await temporaryFolder(), "file");
  await writeFile(folder, "");
  await expect(open(folder)).rejects.toThrow(StorageError);
  await rm(folder);
});

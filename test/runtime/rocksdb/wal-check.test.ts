/** Write-ahead logs: what was damaged is told from what a crash has cut off. */
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkWriteAheadLogs } from "../../../runtime/rocksdb/index.js";
import { temporaryFolder } from "../embedded/support/folders.js";
import { fileOf, flipBit, keyOf, newDatabase } from "./support/databases.js";

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;

/** A closed database whose log holds a record for each of the sizes. @returns folder, log, and where the records begin */
async function logOf(...sizes: number[]) {
  const database = await newDatabase();
  const file = await fileOf(database.folder, /\.log$/);
  const starts: number[] = [];
  for (const [number, size] of sizes.entries()) {
    starts.push((await readFile(file)).length);
    await database.write((batch) => batch.put(keyOf(number), Buffer.alloc(size, 0xaa)));
  }
  await database.close();
  return { folder: database.folder, file, starts, sizeBytes: (await readFile(file)).length };
}

describe("whole logs", () => {
  it.each([
    ["none", [], 0],
    ["small records", [10, 20, 30], 3],
    ["a record over several blocks", [10, 100_000, 10], 3],
    ["many blocks", [800_000, 5], 2],
  ])("%s: are counted", async (_, sizes, batches) => {
    const { folder, sizeBytes } = await logOf(...sizes);
    expect(await checkWriteAheadLogs(folder)).toEqual({ batches, sizeBytes });
  });

  it("of a folder that is not there are none", async () => {
    expect(await checkWriteAheadLogs(join(await temporaryFolder(), "none"))).toEqual({ batches: 0, sizeBytes: 0 });
  });

  it("may have records up to the very end of a block", async () => {
    const overhead = (await logOf(0)).sizeBytes;
    for (const left of [0, 1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 1]) {
      // Beyond 127 bytes the value's length takes two more bytes, beyond 16,383 three in all.
      const { folder, starts } = await logOf(BLOCK_BYTES - overhead - 2 - left, 50, 50);
      expect(starts[1], `${left} bytes left`).toBe(BLOCK_BYTES - left);
      expect((await checkWriteAheadLogs(folder)).batches).toBe(3);
    }
  });

  it("may end with space that was reserved", async () => {
    const { folder, file, sizeBytes } = await logOf(10, 20);
    await truncate(file, sizeBytes + 3 * BLOCK_BYTES);
    expect((await checkWriteAheadLogs(folder)).batches).toBe(2);
  });
});

describe("damage", () => {
  it("of any byte of a record before the last is named, with the file and where the record begins", async () => {
    const { folder, file, starts } = await logOf(10, 20, 100_000, 30);
    const bytes = await readFile(file);
    for (const [record, places] of [
      [0, [0, 3, 4, 5, 6, 7, 20]],
      [1, [0, 4, 6, 10]],
    ] as const)
      for (const place of places) {
        const start = starts[record] ?? 0;
        await flipBit(file, start + place);
        const damage = {
          name: "CorruptStoreError",
          folder,
          file,
          message: expect.stringContaining(`at byte ${start}:`),
        };
        await expect(checkWriteAheadLogs(folder), `byte ${place} of record ${record}`).rejects.toMatchObject(damage);
        await writeFile(file, bytes);
      }
  });

  it("amid a record over several blocks is named", async () => {
    const { folder, file, starts } = await logOf(100_000, 30);
    await flipBit(file, BLOCK_BYTES + 100);
    expect(starts[1]).toBeGreaterThan(3 * BLOCK_BYTES);
    await expect(checkWriteAheadLogs(folder)).rejects.toMatchObject({ file });
  });

  it("that looks like reserved space is named as soon as a record follows", async () => {
    const { folder, file, starts } = await logOf(10, 20, 100_000, 30);
    const bytes = await readFile(file);
    bytes.fill(0, starts[1], (starts[1] ?? 0) + HEADER_BYTES);
    await writeFile(file, bytes);
    await expect(checkWriteAheadLogs(folder)).rejects.toMatchObject({ file });
  });

  it("in the last block is not told from what a crash leaves: the checkpoint numbers tell", async () => {
    const { folder, file, sizeBytes } = await logOf(10, 20);
    await flipBit(file, sizeBytes - 1);
    expect((await checkWriteAheadLogs(folder)).batches).toBe(1);
  });

  it("a cut at any byte leaves the whole records, and is not judged here", async () => {
    const { folder, file, starts, sizeBytes } = await logOf(10, 20, 30);
    const bytes = await readFile(file);
    for (let end = 0; end <= sizeBytes; end++) {
      await writeFile(file, bytes.subarray(0, end));
      const whole = [...starts.slice(1), sizeBytes].filter((recordEnd) => recordEnd <= end).length;
      expect((await checkWriteAheadLogs(folder)).batches, `cut at ${end}`).toBe(whole);
    }
  });

  it("of an older log does not hide behind a newer one", async () => {
    const { folder, file, sizeBytes } = await logOf(10, 100_000, 30);
    await writeFile(join(folder, "999999.log"), await readFile(file));
    expect(await checkWriteAheadLogs(folder)).toEqual({ batches: 6, sizeBytes: 2 * sizeBytes });
    await flipBit(file, 0);
    await expect(checkWriteAheadLogs(folder)).rejects.toMatchObject({ file });
  });
});

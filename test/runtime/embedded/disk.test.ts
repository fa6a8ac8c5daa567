/** A full disk, and a folder that cannot be written: a named error, and nothing acknowledged is lost. */
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EmbeddedStorage } from "../../../runtime/embedded/index.js";
import { DiskFullError } from "../../../runtime/rocksdb/index.js";
import { isRoot, noSmallDisk, skippedBecause, smallDisk } from "../../support/small-disk.js";
import { startChild } from "./support/child-process.js";
import { openStorage, temporaryFolder } from "./support/folders.js";
import { OPTIONS } from "./support/settings.js";
import { expectWholeCommits, readAll } from "./support/workload.js";

const NOBODY = 65_534;

describe("a full disk", () => {
  it.skipIf(noSmallDisk !== null)(
    `fails what was being written, and all later commits; what was acknowledged is there after making room${skippedBecause(noSmallDisk)}`,
    async () => {
      const folder = await smallDisk(24 * 1024 * 1024);
      await writeFile(join(folder, "ballast"), Buffer.alloc(8 * 1024 * 1024));
      const storage = await openStorage(join(folder, "data"), { writeBufferBytes: 1024 * 1024 });
      const request = () => ({
        outputs: [{ topic: "events", partition: 0, timestamp: 1, key: null, value: randomBytes(100_000), headers: [] }],
      });
      let acknowledged = 0;
      let failure: unknown = null;
      while (failure === null && acknowledged < 1_000) {
        await storage.committer.commit(request()).then(
          () => {
            acknowledged += 1;
          },
          (error: unknown) => {
            failure = error;
          },
        );
      }
      expect(failure, String(failure)).toBeInstanceOf(DiskFullError);
      expect(String(failure)).toContain("make room and start again");
      expect(acknowledged).toBeGreaterThan(10);
      expect(storage.committer).toMatchObject({ state: "failed", failure });
      await expect(storage.committer.commit(request())).rejects.toBe(failure);
      await storage.close();

      await rm(join(folder, "ballast"));
      const again = await openStorage(join(folder, "data"));
      expect((await readAll(again, "events", 0)).length).toBeGreaterThanOrEqual(acknowledged);
      await again.committer.commit({
        outputs: [{ topic: "events", partition: 0, timestamp: 1, key: null, value: null, headers: [] }],
      });
    },
  );

  it.skipIf(noSmallDisk !== null)(`before the first start is named${skippedBecause(noSmallDisk)}`, async () => {
    const folder = await smallDisk(64 * 1024);
    await writeFile(join(folder, "ballast"), Buffer.alloc(60 * 1024));
    await expect(EmbeddedStorage.open(join(folder, "data"), OPTIONS)).rejects.toBeInstanceOf(DiskFullError);
  });
});

describe("a folder that cannot be written", () => {
  const why = isRoot ? null : "becoming another user needs root";

  it.skipIf(why !== null)(`is named at the start${skippedBecause(why)}`, async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o555);
    const child = startChild({ folder: join(folder, "data"), commits: 1, uid: NOBODY });
    expect(await child.said("error")).toMatch(/^error FolderNotWritableError .*cannot be written .*permission denied/i);
    expect((await child.ended).code).toBe(1);
  });

  it.skipIf(why !== null)(
    `while running stops the writer, and nothing acknowledged is lost${skippedBecause(why)}`,
    async () => {
      const parent = await temporaryFolder();
      await chmod(parent, 0o755);
      const folder = join(parent, "data");
      await mkdir(folder);
      await chown(folder, NOBODY, NOBODY);
      const child = startChild({ folder, commits: -1, writeBufferBytes: 64 * 1024, uid: NOBODY });
      await child.said("acknowledged", 20);
      await chmod(join(folder, "db"), 0o555);
      // The files that are open can still be written: the next new one fails.
      expect(await child.said("error")).toMatch(/^error FolderNotWritableError /);
      await child.ended;
      await chmod(join(folder, "db"), 0o755);
      await expectWholeCommits(await openStorage(folder), child.acknowledged);
    },
  );
});

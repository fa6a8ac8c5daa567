/**
 * One process owns a data folder.
 *
 * The judge is the operating system: an empty RocksDB in `<folder>/lock` is opened, and RocksDB holds a file lock as long as it is
 * open. The kernel gives such a lock to one process and takes it back when the process dies, however it dies: there is no stale
 * lock to be judged by pids, which are used again after a reboot and in containers. The main database has such a lock too, but
 * its files must be looked at before it is opened. Who the owner is, is written beside it, and is only what the error says.
 */
import { mkdir, readFile, readlink, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { CorruptStoreError, RocksDb, StoreLockedError, storageError } from "../rocksdb/index.js";
import { FolderInUseError } from "./errors.js";

/** Tells processes apart that had the same pid. */
const ownerSchema = z.object({
  pid: z.int().positive(),
  /** Field 22 of /proc/<pid>/stat; null where there is no /proc. */
  startedAt: z.string().nullable(),
  /** Changes with each boot; null where there is no /proc. */
  boot: z.string().nullable(),
  /** Pids mean nothing in another container; null where there is no /proc. */
  pidNamespace: z.string().nullable(),
});
type Owner = z.infer<typeof ownerSchema>;

/** The new owner writes who it is a moment after it has the lock. */
const OWNER_WAIT_MS = 1_000;
const OWNER_POLL_MS = 20;
const LOCK_WRITE_BUFFER_BYTES = 64 * 1024;

const LOCK = "lock";
const OWNER = "owner.json";
/** What a lock has in its folder: whoever empties one while it is theirs leaves these. */
export const LOCK_ENTRIES: readonly string[] = [LOCK, OWNER];

export class FolderLock {
  private constructor(
    private readonly database: RocksDb,
    private readonly ownerFile: string,
  ) {}

  /**
   * @param folder an existing folder, by its real path: within one process RocksDB compares paths.
   * @throws FolderInUseError, or StorageError when the folder cannot be written.
   */
  static async acquire(folder: string): Promise<FolderLock> {
    const lockFolder = join(folder, LOCK);
    const ownerFile = join(folder, OWNER);
    const deadline = performance.now() + OWNER_WAIT_MS;
    for (;;) {
      try {
        const database = await openLock(lockFolder);
        return await FolderLock.claim(database, ownerFile, folder);
      } catch (error) {
        if (!(error instanceof StoreLockedError)) throw error;
        const owner = await readOwner(ownerFile);
        const alive = owner !== null && (await isAlive(owner));
        if (alive || performance.now() > deadline)
          throw new FolderInUseError(folder, alive ? owner.pid : null, {
            cause: error,
          });
      }
      await delay(OWNER_POLL_MS);
    }
  }

  private static async claim(database: RocksDb, ownerFile: string, folder: string): Promise<FolderLock> {
    try {
      const temporary = `${ownerFile}.${process.pid}`;
      await writeFile(temporary, JSON.stringify(await self()));
      await rename(temporary, ownerFile);
      return new FolderLock(database, ownerFile);
    } catch (error) {
      await database.close();
      throw storageError(error, folder);
    }
  }

  /** Gives the folder up. */
  async release(): Promise<void> {
    try {
      await rm(this.ownerFile, { force: true });
    } finally {
      await this.database.close();
    }
  }
}

async function openLock(folder: string): Promise<RocksDb> {
  const options = {
    cacheBytes: 0,
    writeBufferBytes: LOCK_WRITE_BUFFER_BYTES,
    createIfMissing: true,
  };
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageError(error, folder);
  });
  try {
    return await RocksDb.open(folder, options);
  } catch (error) {
    if (!(error instanceof CorruptStoreError)) throw error;
    // It holds nothing: damaged (a crash while it was made, a flipped bit) it is made anew. Destroying takes the lock first.
    await RocksDb.destroy(folder);
    return RocksDb.open(folder, options);
  }
}

async function self(): Promise<Owner> {
  return {
    pid: process.pid,
    startedAt: await startTime(process.pid),
    boot: await textOf("/proc/sys/kernel/random/boot_id"),
    pidNamespace: await pidNamespace(),
  };
}

async function readOwner(file: string): Promise<Owner | null> {
  const text = await textOf(file);
  if (text === null) return null;
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    // Another program's file, or a damaged one: then it names nobody.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether the process that wrote this is running, as far as can be told from here. */
async function isAlive(owner: Owner): Promise<boolean> {
  const here = await self();
  if (owner.boot !== here.boot) return false;
  // It may be alive, but its pid would mislead here.
  if (owner.pidNamespace !== here.pidNamespace) return false;
  if (owner.startedAt !== null) return (await startTime(owner.pid)) === owner.startedAt;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** When a process was started, in clock ticks since the boot. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await textOf(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[19] ?? null;
}

async function pidNamespace(): Promise<string | null> {
  return readlink("/proc/self/ns/pid").catch(nullWhenAbsent);
}

async function textOf(file: string): Promise<string | null> {
  return readFile(file, "utf8").then((text) => text.trim(), nullWhenAbsent);
}

/** No such file, no such process, no /proc, or not for this user: all mean that nothing is known. */
function nullWhenAbsent(error: unknown): null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return null;
  throw error;
}

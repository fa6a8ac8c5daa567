/** The folder of a replay, which holds all that it keeps; owned by one process. Beside the data folder, never in it. */
import { readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, FolderInUseError, FolderLock, LOCK_ENTRIES, makeFolder } from "../../runtime/folder/index.js";
import { storageError } from "../../runtime/rocksdb/index.js";
import { FailedError } from "../errors.js";
import { MANIFEST_NAME, type Manifest, readManifest, writeManifest } from "./manifest.js";

/** Where the replays of an application are. @param given `--replays-dir` */
export function replaysFolder(dataDir: string, given: string | undefined): string {
  return resolve(given ?? `${resolve(dataDir)}-replays`);
}

/** The application id of the replay itself: nothing of the live one's is named so. */
export function replayApplicationId(applicationId: string, id: string): string {
  return `${applicationId}-replay-${id}`;
}

/** The lock's own, and what says whose folder it is. */
const KEPT_ENTRIES: readonly string[] = [...LOCK_ENTRIES, MANIFEST_NAME];

export class ReplayFolder {
  private constructor(
    readonly path: string,
    private readonly lock: FolderLock,
    private current: Manifest,
  ) {}

  /**
   * Makes the folder, or takes over that of an earlier replay of this id, of which only the topics that it made are remembered.
   * @throws FailedError while that one runs; StorageError
   */
  static async make(root: string, manifest: Manifest): Promise<ReplayFolder> {
    const path = await makeFolder(join(root, replayApplicationId(manifest.applicationId, manifest.id)));
    const lock = await acquire(path, manifest.id);
    try {
      const topicsMade = (await readManifest(path))?.topicsMade ?? [];
      const folder = new ReplayFolder(path, lock, { ...manifest, topicsMade });
      await folder.wipe();
      await writeManifest(path, folder.current);
      return folder;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** One that is there. @returns null when there is none of this id. @throws FailedError while it runs; StorageError */
  static async take(root: string, applicationId: string, id: string): Promise<ReplayFolder | null> {
    const path = join(root, replayApplicationId(applicationId, id));
    const manifest = await readManifest(path);
    return manifest === null ? null : new ReplayFolder(path, await acquire(path, id), manifest);
  }

  get manifest(): Manifest {
    return this.current;
  }

  /** Of the replay's topics, rows and positions. */
  get dataPath(): string {
    return join(this.path, "data");
  }

  /** Of what was copied of the live application's state. */
  get livePath(): string {
    return join(this.path, "live");
  }

  async note(changes: Partial<Manifest>): Promise<void> {
    this.current = { ...this.current, ...changes };
    await writeManifest(this.path, this.current);
  }

  /** Removes all but what says what it was. */
  async wipe(): Promise<void> {
    const { partialFile } = this.current;
    if (partialFile !== null) await remove(partialFile);
    for (const name of await entriesOf(this.path)) {
      if (!KEPT_ENTRIES.includes(name)) await remove(join(this.path, name));
    }
  }

  /** Gives it up; it stays. */
  release(): Promise<void> {
    return this.lock.release();
  }

  async remove(): Promise<void> {
    await this.wipe();
    await this.lock.release();
    await remove(this.path);
    await removeEmpty(dirname(this.path));
  }
}

/** The ids of an application's replays, as they sort. */
export async function replayIds(root: string, applicationId: string): Promise<readonly string[]> {
  const prefix = replayApplicationId(applicationId, "");
  const names = await entriesOf(root);
  return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])).sort();
}

async function acquire(path: string, id: string): Promise<FolderLock> {
  try {
    return await FolderLock.acquire(path);
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    const by = error.pid === null ? "" : ` (pid ${error.pid})`;
    throw new FailedError(`the replay ${id} is running${by}: wait for it, end it, or give another --id`, {
      cause: error,
    });
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    throw storageError(error, path);
  });
}

/** Of other replays it is not empty. */
async function removeEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    const code = codeOf(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOENT") throw storageError(error, path);
  });
}

async function entriesOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw storageError(error, path);
  }
}

/** Opens the files of a data folder in the one order that notices what is missing: the lock, the numbers, the logs, RocksDB. */
import { join } from "node:path";
import type { CrashPoints } from "../crash-points.js";
import { FolderInUseError, FolderLock, makeFolder } from "../folder/index.js";
import {
  CorruptStoreError,
  checkWriteAheadLogs,
  RocksDb,
  type RocksDbOptions,
  StoreLockedError,
} from "../rocksdb/index.js";
import { putWriteNumber } from "../stores/write-numbers.js";
import { CheckpointFile } from "./checkpoint-file.js";
import { checkCheckpointNumbers } from "./checkpoint-numbers.js";
import { checkIdentity, encodeIdentity, type FolderOwner, readIdentity } from "./identity.js";
import { IDENTITY_KEY } from "./keys.js";

export interface OpenedDatabase {
  /** The folder's real path. */
  readonly folder: string;
  readonly folderId: string;
  readonly database: RocksDb;
  readonly checkpointFile: CheckpointFile;
  readonly lastCheckpoint: number;
}

export type DatabaseSettings = Pick<RocksDbOptions, "cacheBytes" | "writeBufferBytes">;

/** What has been opened so far, to be closed last first: also when a later step fails. */
export class OpenedResources {
  private readonly closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** Closes all of them, also when one fails. @throws the first failure */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.splice(0).reverse()) {
      await close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** @throws FolderInUseError, FolderIdentityError, StorageError. What is in `resources` then is to be closed. */
export async function openDatabase(
  path: string,
  owner: FolderOwner,
  settings: DatabaseSettings,
  crashPoints: CrashPoints,
  resources: OpenedResources,
): Promise<OpenedDatabase> {
  const folder = await makeFolder(path);
  const lock = await FolderLock.acquire(folder);
  resources.add(() => lock.release());

  crashPoints.hit("identity.before-number-file");
  const foundFile = await CheckpointFile.open(folder);
  const checkpointFile = foundFile ?? (await CheckpointFile.create(folder));
  resources.add(() => checkpointFile.close());

  const databaseFolder = join(folder, "db");
  const { batches } = await checkWriteAheadLogs(databaseFolder);
  const { latest } = checkpointFile;
  const database = await openRocksDb(databaseFolder, folder, { ...settings, createIfMissing: latest.number === 0 });
  resources.add(() => database.close());

  const found = await readIdentity(database, folder);
  if (found === null) {
    if (latest.number > 0)
      throw new CorruptStoreError(folder, "RocksDB has lost the record that says whose data it is");
    await createIdentity(database, owner, latest.folderId, crashPoints);
    return { folder, folderId: latest.folderId, database, checkpointFile, lastCheckpoint: 0 };
  }
  checkIdentity(found, owner, folder);
  if (foundFile === null)
    throw new CorruptStoreError(
      folder,
      "the file with the number of the last checkpoint is missing, so lost writes could not be noticed",
      join(folder, "checkpoint"),
    );
  if (found.folderId !== latest.folderId)
    throw new CorruptStoreError(folder, "the checkpoint file belongs to another folder", join(folder, "checkpoint"));
  const lastCheckpoint = await checkCheckpointNumbers(database, checkpointFile, folder, batches);
  // A crash between the two has left the file behind by one; a slot may be torn.
  await checkpointFile.write(lastCheckpoint);
  return { folder, folderId: found.folderId, database, checkpointFile, lastCheckpoint };
}

async function openRocksDb(databaseFolder: string, folder: string, options: RocksDbOptions): Promise<RocksDb> {
  try {
    return await RocksDb.open(databaseFolder, options);
  } catch (error) {
    // Somebody opens the database without this program's lock.
    if (error instanceof StoreLockedError) throw new FolderInUseError(folder, null, { cause: error });
    throw error;
  }
}

async function createIdentity(
  database: RocksDb,
  owner: FolderOwner,
  folderId: string,
  crashPoints: CrashPoints,
): Promise<void> {
  crashPoints.hit("identity.before-record");
  await database.write((batch) => {
    batch.put(IDENTITY_KEY, encodeIdentity(owner, folderId));
    putWriteNumber(batch, 0);
  });
  crashPoints.hit("identity.after-record");
}

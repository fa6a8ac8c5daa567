/** What can go wrong with stored files, one class per recovery; and the reading of RocksDB's messages into them. */

/** Any failure of the files below a data folder. Nothing that was under way is to be taken as durable. */
export abstract class StorageError extends Error {
  /** The folder that the failing files are in. */
  readonly folder: string;

  constructor(folder: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.folder = folder;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** The disk (or the quota) is full. Make room, then start again: nothing acknowledged is lost. */
export class DiskFullError extends StorageError {
  constructor(folder: string, options?: ErrorOptions) {
    super(
      folder,
      `no space left on the disk of ${folder}; make room and start again: everything acknowledged is kept`,
      options,
    );
  }
}

/** Files cannot be created or written. Mend the permissions or the mount, then start again. */
export class FolderNotWritableError extends StorageError {
  constructor(folder: string, what: string, options?: ErrorOptions) {
    super(
      folder,
      `${folder} cannot be written (${what}); give this user the right to write there, or remount the disk, and start again`,
      options,
    );
  }
}

/** Files are damaged or missing. Restore them from a backup, or start in a new folder and replay the input. */
export class CorruptStoreError extends StorageError {
  /** The damaged file, when it is known. */
  readonly file: string | null;
  /** What is wrong with it. */
  readonly what: string;

  constructor(folder: string, what: string, file: string | null = null, options?: ErrorOptions) {
    const where = file === null ? "" : ` (file ${file})`;
    super(
      folder,
      `the data in ${folder} is damaged${where}: ${what}. Restore the whole folder from a backup, or move it away, start again with an empty one and replay the input`,
      options,
    );
    this.file = file;
    this.what = what;
  }
}

/** RocksDB's own lock is held: by another process, or by this one. */
export class StoreLockedError extends StorageError {
  constructor(folder: string, options?: ErrorOptions) {
    super(folder, `${folder} is open already`, options);
  }
}

/** Anything else that the operating system refused. Look at the cause. */
export class StorageIoError extends StorageError {
  constructor(folder: string, what: string, options?: ErrorOptions) {
    super(folder, `reading or writing in ${folder} failed: ${what}`, options);
  }
}

const DISK_FULL = /No space left|ENOSPC|Disk quota exceeded|EDQUOT/i;
const NOT_WRITABLE = /Read-only file system|EROFS|Permission denied|EACCES|Operation not permitted|EPERM/i;
const LOCKED = /While lock file|lock hold by current process/i;
/** A file that RocksDB knows of is missing: it never removes one that it still needs. */
const CORRUPT = /^Corruption|checksum mismatch|No such file or directory|ENOENT|does not exist \(create_if_missing/i;
const FILE = /(?:[^\s:,'"]*[\\/])?(?:\d{6,}\.(?:sst|ldb|log)|MANIFEST-\d+|CURRENT|OPTIONS-\d+)/;

/** The error of this room that an error of RocksDB, or of `node:fs`, stands for. */
export function storageError(error: unknown, folder: string): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (DISK_FULL.test(message)) return new DiskFullError(folder, options);
  if (LOCKED.test(message)) return new StoreLockedError(folder, options);
  if (NOT_WRITABLE.test(message)) return new FolderNotWritableError(folder, message, options);
  if (!CORRUPT.test(message)) return new StorageIoError(folder, message, options);
  const file = FILE.exec(message)?.[0] ?? null;
  return new CorruptStoreError(folder, message, file, options);
}

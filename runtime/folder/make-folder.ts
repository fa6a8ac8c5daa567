/** Makes a data folder where there is none. */
import { mkdir, realpath, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FolderNotWritableError, storageError } from "../rocksdb/index.js";
import { codeOf } from "./error-code.js";

/** @returns its real path: the lock compares paths, so there must be one for a folder. @throws StorageError */
export async function makeFolder(path: string): Promise<string> {
  try {
    await makeFolders(resolve(path));
    return await realpath(path);
  } catch (error) {
    // Nothing is damaged where there is nothing yet.
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR")
      throw new FolderNotWritableError(path, messageOf(error), { cause: error });
    throw storageError(error, path);
  }
}

/** As `mkdir -p`. Node's own `recursive` never returns where a folder cannot be made in one that is there, as in /proc. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      if (!(await stat(path)).isDirectory()) throw new FolderNotWritableError(path, "it is a file", { cause: error });
      return;
    }
    const parent = dirname(path);
    if (codeOf(error) !== "ENOENT" || parent === path) throw error;
    await makeFolders(parent);
    await mkdir(path);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

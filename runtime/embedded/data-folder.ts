/** Tells a data folder from another one without opening it. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../folder/index.js";
import { storageError } from "../rocksdb/index.js";

/** What the storage makes in a new folder; a damaged one may have lost some of it. */
const PARTS = ["checkpoint", "db"] as const;

/** Whether there is a data folder at this path. Nothing is made or changed. @throws StorageError when it cannot be looked at */
export async function isDataFolder(path: string): Promise<boolean> {
  for (const part of PARTS) if (await exists(join(path, part), path)) return true;
  return false;
}

async function exists(path: string, folder: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw storageError(error, folder);
  }
}

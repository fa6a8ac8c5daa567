/** A data folder that a command is told to work on, and must not make. */
import { isDataFolder } from "../runtime/embedded/index.js";
import { UsageError } from "./errors.js";
import { printable } from "./output/text.js";

/** @throws UsageError when there is no such folder, or it is none of ours; StorageError */
export async function mustBeDataFolder(folder: string): Promise<void> {
  if (!(await isDataFolder(folder)))
    throw new UsageError(`--data-dir: ${printable(folder)} is not there, or is not a data folder of queue-ratchet`);
}

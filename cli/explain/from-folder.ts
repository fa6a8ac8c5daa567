/** The timeline of a conversation in a data folder that nobody has open. Nothing is processed, and no folder is made. */
import { EmbeddedEngine, queryPort } from "../../runtime/embedded/index.js";
import { FolderIdentityError, FolderInUseError } from "../../runtime/folder/index.js";
import { AssignmentQueries, type Timeline } from "../../runtime/queries/index.js";
import { type ProductSettings, productTopology } from "../../topology/index.js";
import { mustBeDataFolder } from "../data-folder.js";
import { FailedError, UsageError } from "../errors.js";
import { printable } from "../output/text.js";

/** @throws UsageError without such a folder or for one of other settings; FailedError when it is in use; StorageError */
export async function explainFolder(key: string, folder: string, settings: ProductSettings): Promise<Timeline | null> {
  await mustBeDataFolder(folder);
  const engine = await openEngine(key, folder, settings);
  try {
    return await new AssignmentQueries(queryPort(engine), settings).timeline(key);
  } finally {
    await engine.stop();
  }
}

async function openEngine(key: string, folder: string, settings: ProductSettings) {
  try {
    return await EmbeddedEngine.open({ ...settings, topology: productTopology(settings), folder });
  } catch (error) {
    if (error instanceof FolderInUseError) {
      const by = error.pid === null ? "a running service" : `a running service (pid ${error.pid})`;
      throw new FailedError(
        `${printable(error.folder)} is in use by ${by}; ask that: queue-ratchet explain ${printable(key)} --url http://HOST:PORT`,
        { cause: error },
      );
    }
    if (error instanceof FolderIdentityError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** The state in a data folder of the embedded engine. */
import { EmbeddedStorage } from "../../runtime/embedded/index.js";
import { FolderIdentityError } from "../../runtime/folder/index.js";
import { entriesCounter } from "../../runtime/task/index.js";
import { ASSIGNMENT_STORE } from "../../topology/index.js";
import { mustBeDataFolder } from "../data-folder.js";
import { UsageError } from "../errors.js";
import { plural, printable } from "../output/text.js";
import { crashPointsOf } from "../start/crash-points.js";
import type { ResettableState } from "./port.js";
import type { ResetSettings } from "./settings.js";

const CACHE_BYTES = 8 * 1024 * 1024;

/** @throws UsageError without such a folder, or for one of other settings; FolderInUseError; StorageError */
export async function openFolderState(settings: ResetSettings): Promise<ResettableState> {
  const { applicationId, topicPrefix, partitions, dataDir } = settings;
  await mustBeDataFolder(dataDir);
  const storage = await openStorage(dataDir, { applicationId, topicPrefix, partitions });
  return {
    removed: removedOf(storage),
    kept: "The topics in the folder keep their records.",
    remove: async (progress) => void (await storage.reset(progress)),
    close: () => storage.close(),
  };
}

async function openStorage(
  dataDir: string,
  owner: Pick<ResetSettings, "applicationId" | "topicPrefix" | "partitions">,
): Promise<EmbeddedStorage> {
  try {
    const crashPoints = crashPointsOf(process.env);
    // No topic is read or written.
    return await EmbeddedStorage.open(dataDir, { ...owner, topics: [], cacheBytes: CACHE_BYTES, crashPoints });
  } catch (error) {
    if (error instanceof FolderIdentityError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function removedOf(storage: EmbeddedStorage): string[] {
  const { tasks, folder } = storage;
  if (tasks.length === 0) return [];
  const counters = tasks.flatMap(
    ({ subTopology, partition }) => storage.positions(subTopology, partition)?.counters ?? [],
  );
  const rows = counters
    .filter(({ name }) => name === entriesCounter(ASSIGNMENT_STORE))
    .reduce((sum, { count }) => sum + count, 0);
  return [
    `the state of ${plural(rows, "conversation")} in ${printable(folder)}`,
    `where ${plural(tasks.length, "task")} stood in their input`,
  ];
}

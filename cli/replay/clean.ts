/** `replay --clean`: removes what replays have left: their folders, and the topics that they have made. */
import { FailedError, UsageError } from "../errors.js";
import { printable } from "../output/text.js";
import { ReplayFolder, replayIds } from "./folder.js";
import type { ReplaySettings } from "./settings.js";

export interface CleanPorts {
  /** Takes a line about what was removed. */
  readonly say: (line: string) => void;
  /** Takes a line about what was not. */
  readonly complain: (line: string) => void;
}

/**
 * @param ids null for all of them
 * @returns how many could not be removed. @throws UsageError for an id that there is not; StorageError, WireError
 */
export async function cleanReplays(
  root: string,
  settings: ReplaySettings,
  ids: readonly string[] | null,
  ports: CleanPorts,
): Promise<number> {
  const { applicationId } = settings;
  const there = await replayIds(root, applicationId);
  const missing = ids?.find((id) => !there.includes(id));
  if (missing !== undefined)
    throw new UsageError(`--clean: there is no replay ${missing} in ${printable(root)}; replay --list names them`);
  let left = 0;
  for (const id of ids ?? there) {
    try {
      await cleanOne(root, settings, id, ports);
    } catch (error) {
      // One that is running: the others are removed all the same.
      if (!(error instanceof FailedError)) throw error;
      ports.complain(error.message);
      left += 1;
    }
  }
  return left;
}

async function cleanOne(
  root: string,
  settings: ReplaySettings,
  id: string,
  { say, complain }: CleanPorts,
): Promise<void> {
  const folder = await ReplayFolder.take(root, settings.applicationId, id);
  if (folder === null)
    throw new FailedError(
      `replay ${id}: its replay.json cannot be read: remove its folder in ${printable(root)} yourself`,
    );
  try {
    const made = folder.manifest.topicsMade;
    if (made.length > 0) {
      // What connects to Kafka takes long to load: the other engine does without it.
      const { deleteMadeTopics } = await import("./kafka-topic.js");
      for (const name of await deleteMadeTopics(made, settings))
        complain(`replay ${id}: topic ${name} is left: it cannot be told whether the replay has made it`);
    }
  } catch (error) {
    await folder.release();
    throw error;
  }
  await folder.remove();
  say(`replay ${id}: removed`);
}

/** The dead letters of a data folder: by the service that runs on it, or from the folder itself when nobody has it. */
import { setTimeout as delay } from "node:timers/promises";
import { DeadLetters } from "../../runtime/dead-letters/index.js";
import { EmbeddedEngine, isDataFolder, queryPort } from "../../runtime/embedded/index.js";
import { FolderIdentityError, FolderInUseError } from "../../runtime/folder/index.js";
import { productTopology } from "../../topology/index.js";
import { FailedError, UsageError } from "../errors.js";
import { OperatorClient } from "../operator/operator-client.js";
import { printable } from "../output/text.js";
import { ServiceDeadLetters } from "./from-service.js";
import type { OpenedDeadLetters } from "./open.js";
import type { DeadLettersSettings } from "./settings.js";

/** A service that has the folder and does not answer yet is starting, or does not answer any more. */
const WAIT_FOR_SERVICE_MS = 3_000;
const LOOK_EVERY_MS = 100;

/** @throws UsageError without such a folder or for one of other settings; FailedError when it is in use; StorageError */
export async function openFolder(settings: DeadLettersSettings): Promise<OpenedDeadLetters> {
  const { dataDir } = settings;
  if (!(await isDataFolder(dataDir)))
    throw new UsageError(`--data-dir: ${printable(dataDir)} is not there, or is not a data folder of queue-ratchet`);
  const giveUpMs = performance.now() + WAIT_FOR_SERVICE_MS;
  for (;;) {
    const client = await OperatorClient.connect(dataDir);
    if (client !== null)
      return { letters: new ServiceDeadLetters(client), isStopped: false, close: async () => undefined };
    try {
      return await openStopped(settings);
    } catch (error) {
      if (error instanceof FolderIdentityError) throw new UsageError(error.message, { cause: error });
      if (!(error instanceof FolderInUseError)) throw error;
      if (performance.now() > giveUpMs) throw unreachable(error);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Nothing is processed. */
async function openStopped(settings: DeadLettersSettings): Promise<OpenedDeadLetters> {
  // Neither of the two says which topics there are.
  const topology = productTopology({ ...settings, tenant: null, workItemStream: "present" });
  const { applicationId, topicPrefix, partitions, dataDir } = settings;
  const engine = await EmbeddedEngine.open({ applicationId, topicPrefix, partitions, topology, folder: dataDir });
  const { log } = queryPort(engine);
  const topics = { log, partitionsOf: () => partitions, append: engine.append.bind(engine) };
  return { letters: new DeadLetters(topics, settings), isStopped: true, close: () => engine.stop() };
}

function unreachable(error: FolderInUseError): FailedError {
  const by = error.pid === null ? "a running service" : `a running service (pid ${error.pid})`;
  return new FailedError(
    `${printable(error.folder)} is in use by ${by} that does not answer here: run this where the service runs, as its user; or it is being started or stopped: try again`,
    { cause: error },
  );
}

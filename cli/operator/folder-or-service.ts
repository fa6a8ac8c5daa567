/** A data folder as a command gets at it: by the service that runs on it, or by opening it when nobody has it. */
import { setTimeout as delay } from "node:timers/promises";
import { EmbeddedEngine } from "../../runtime/embedded/index.js";
import { FolderIdentityError, FolderInUseError } from "../../runtime/folder/index.js";
import { type ProductOutcome, productTopology } from "../../topology/index.js";
import { mustBeDataFolder } from "../data-folder.js";
import { FailedError, UsageError } from "../errors.js";
import { printable } from "../output/text.js";
import type { SettingValues } from "../settings/index.js";
import { OperatorClient } from "./operator-client.js";

export type FolderSettings = SettingValues<"dataDir" | "applicationId" | "topicPrefix" | "partitions">;

export interface FolderWays<Opened> {
  /** By the running service. */
  readonly served: (client: OperatorClient) => Promise<Opened>;
  /** With the engine of the folder, in which nothing runs: whoever takes it stops it. */
  readonly stopped: (engine: EmbeddedEngine<ProductOutcome>) => Opened;
}

/** A service that has the folder and does not answer yet is starting, or does not answer any more. */
const WAIT_FOR_SERVICE_MS = 3_000;
const LOOK_EVERY_MS = 100;

/** @throws UsageError without such a folder or for one of other settings; FailedError when it is in use; StorageError */
export async function openFolderOrService<Opened>(
  settings: FolderSettings,
  { served, stopped }: FolderWays<Opened>,
): Promise<Opened> {
  const { dataDir } = settings;
  await mustBeDataFolder(dataDir);
  const giveUpMs = performance.now() + WAIT_FOR_SERVICE_MS;
  for (;;) {
    const client = await OperatorClient.connect(dataDir);
    if (client !== null) return served(client);
    try {
      return stopped(await openStopped(settings));
    } catch (error) {
      if (error instanceof FolderIdentityError) throw new UsageError(error.message, { cause: error });
      if (!(error instanceof FolderInUseError)) throw error;
      if (performance.now() > giveUpMs) throw unreachable(error);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Nothing is processed. */
function openStopped(settings: FolderSettings): Promise<EmbeddedEngine<ProductOutcome>> {
  // Neither of the two says which topics there are.
  const topology = productTopology({ ...settings, tenant: null, workItemStream: "present" });
  const { applicationId, topicPrefix, partitions, dataDir } = settings;
  return EmbeddedEngine.open({ applicationId, topicPrefix, partitions, topology, folder: dataDir });
}

function unreachable(error: FolderInUseError): FailedError {
  const by = error.pid === null ? "a running service" : `a running service (pid ${error.pid})`;
  return new FailedError(
    `${printable(error.folder)} is in use by ${by} that does not answer here: run this where the service runs, as its user; or it is being started or stopped: try again`,
    { cause: error },
  );
}

/** Opens the live application that the settings name, to read it: whether it runs or not. */
import { liveApplication } from "../../runtime/embedded/index.js";
import type { LiveApplication } from "../../runtime/live/index.js";
import { openFolderOrService } from "../operator/folder-or-service.js";
import { openServedApplication } from "./from-service.js";
import type { LiveSettings } from "./settings.js";

export interface OpenedLive {
  readonly application: LiveApplication;
  /** Whether nobody processes its input now, for sure: on Kafka other instances may. */
  readonly isStopped: boolean;
}

/** @throws UsageError, FailedError, StorageError, WireError */
export async function openLiveApplication(settings: LiveSettings): Promise<OpenedLive> {
  if (settings.engine === "embedded")
    return openFolderOrService<OpenedLive>(settings, {
      served: async (client) => ({ application: await openServedApplication(client, settings), isStopped: false }),
      stopped: (engine) => ({ application: liveApplication(engine, () => engine.stop()), isStopped: true }),
    });
  // What connects to Kafka takes long to load: the other engine does without it.
  const { openKafkaApplication } = await import("./from-kafka.js");
  return { application: await openKafkaApplication(settings), isStopped: false };
}

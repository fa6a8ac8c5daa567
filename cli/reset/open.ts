/** Opens the state of the engine that the settings name. */
import { openFolderState } from "./from-folder.js";
import type { ResettableState } from "./port.js";
import type { ResetSettings } from "./settings.js";

/** @throws UsageError, FolderInUseError, StorageError, EngineError, WireError */
export async function openState(settings: ResetSettings): Promise<ResettableState> {
  if (settings.engine === "embedded") return openFolderState(settings);
  // What connects to Kafka takes long to load: the other engine does without it.
  const { openKafkaState } = await import("./from-kafka.js");
  return openKafkaState(settings);
}

/** Opens the dead letters of the engine that the settings name. */
import type { DeadLetterPort } from "../../runtime/dead-letters/index.js";
import { openFolder } from "./from-folder.js";
import type { DeadLettersSettings } from "./settings.js";

export interface OpenedDeadLetters {
  readonly letters: DeadLetterPort;
  /** Whether nobody processes now what is sent through again. */
  readonly isStopped: boolean;
  close(): Promise<void>;
}

/** @throws UsageError, FailedError, StorageError, WireError */
export async function openDeadLetters(settings: DeadLettersSettings): Promise<OpenedDeadLetters> {
  if (settings.engine === "embedded") return openFolder(settings);
  // What connects to Kafka takes long to load: the other engine does without it.
  const { openKafkaDeadLetters } = await import("./from-kafka.js");
  return openKafkaDeadLetters(settings);
}

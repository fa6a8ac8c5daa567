/** Opens what writes control records: for the engine that the settings name. */
import { queryPort } from "../../runtime/embedded/index.js";
import { Republishing, type RepublishPort } from "../../runtime/republish/index.js";
import { openFolderOrService } from "../operator/folder-or-service.js";
import { ServiceRepublishing } from "./from-service.js";
import type { RepublishSettings } from "./settings.js";

export interface OpenedRepublishing {
  readonly republishing: RepublishPort;
  /** Whether nobody executes now what is written. */
  readonly isStopped: boolean;
  close(): Promise<void>;
}

/** @throws UsageError, FailedError, StorageError, WireError */
export async function openRepublishing(settings: RepublishSettings): Promise<OpenedRepublishing> {
  if (settings.engine === "embedded") return openFolder(settings);
  // What connects to Kafka takes long to load: the other engine does without it.
  const { openKafkaRepublishing } = await import("./from-kafka.js");
  return openKafkaRepublishing(settings);
}

function openFolder(settings: RepublishSettings): Promise<OpenedRepublishing> {
  return openFolderOrService<OpenedRepublishing>(settings, {
    served: async (client) => ({
      republishing: new ServiceRepublishing(client),
      isStopped: false,
      close: async () => undefined,
    }),
    stopped: (engine) => {
      const topics = {
        log: queryPort(engine).log,
        partitionsOf: () => settings.partitions,
        append: engine.append.bind(engine),
        processedTo: async (_: string, partitions: readonly number[]) => partitions.map(() => null),
      };
      return { republishing: new Republishing(topics, settings), isStopped: true, close: () => engine.stop() };
    },
  });
}

/** The dead letters of a data folder: by the service that runs on it, or from the folder itself when nobody has it. */
import { DeadLetters } from "../../runtime/dead-letters/index.js";
import { queryPort } from "../../runtime/embedded/index.js";
import { openFolderOrService } from "../operator/folder-or-service.js";
import { ServiceDeadLetters } from "./from-service.js";
import type { OpenedDeadLetters } from "./open.js";
import type { DeadLettersSettings } from "./settings.js";

/** @throws UsageError without such a folder or for one of other settings; FailedError when it is in use; StorageError */
export function openFolder(settings: DeadLettersSettings): Promise<OpenedDeadLetters> {
  return openFolderOrService<OpenedDeadLetters>(settings, {
    served: async (client) => ({
      letters: new ServiceDeadLetters(client),
      isStopped: false,
      close: async () => undefined,
    }),
    stopped: (engine) => {
      const { log } = queryPort(engine);
      const topics = { log, partitionsOf: () => settings.partitions, append: engine.append.bind(engine) };
      return { letters: new DeadLetters(topics, settings), isStopped: true, close: () => engine.stop() };
    },
  });
}

/** `replay --show`: the topic that a replay has filled in its own folder, as NDJSON. */
import { EmbeddedEngine, queryPort } from "../../runtime/embedded/index.js";
import { pagesOf } from "../../runtime/queries/index.js";
import { namesOf } from "../../runtime/replay/index.js";
import { productTopology } from "../../topology/index.js";
import { UsageError } from "../errors.js";
import type { Writer } from "../output/writer.js";
import { ReplayFolder, replayApplicationId } from "./folder.js";
import { assignmentLine } from "./sink.js";

/** @throws UsageError when there is no such replay, or no such topic; FailedError while it runs; StorageError */
export async function showReplay(root: string, applicationId: string, id: string, writer: Writer): Promise<void> {
  const folder = await ReplayFolder.take(root, applicationId, id);
  if (folder === null)
    throw new UsageError(`--show: there is no replay ${id}; replay --list names those that there are`);
  try {
    const { ownTopic, finishedAt, partitions, topicPrefix } = folder.manifest;
    if (ownTopic === null || finishedAt === null)
      throw new UsageError(`--show: the replay ${id} has no topic of its own that is whole (--sink topic:NAME)`);
    const settings = { applicationId: replayApplicationId(applicationId, id), topicPrefix, partitions };
    const product = productTopology({ ...settings, tenant: null, workItemStream: "present" });
    const topology = {
      ...product,
      topics: [...product.topics, { name: ownTopic, partitions, cleanup: "compact" as const }],
    };
    const engine = await EmbeddedEngine.open({ ...settings, topology, folder: folder.dataPath });
    try {
      const { log, codec } = queryPort(engine);
      const assignments = codec(namesOf(settings).queueAssignments);
      for (let partition = 0; partition < partitions; partition++) {
        const toOffset = await log.endOffset(ownTopic, partition);
        for await (const records of pagesOf(log, { topic: ownTopic, partition, fromOffset: 0, toOffset })) {
          for (const { value } of records)
            if (value !== null) writer.write(assignmentLine(assignments.decodeAs("QueueAssignment", value)));
          await writer.flush();
        }
      }
    } finally {
      await engine.stop();
    }
  } finally {
    await folder.release();
  }
}

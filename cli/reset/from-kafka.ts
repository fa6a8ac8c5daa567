/** The state of an application on Kafka, and the copy of it in one data folder. */

import { KafkaReset, type KafkaState } from "../../runtime/kafka/reset.js";
import { groupIdOf } from "../../runtime/kafka/runner-ports.js";
import { NORMALISE, RATCHET, topicNames } from "../../topology/index.js";
import { clusterOptions } from "../kafka/connection.js";
import { plural, printable } from "../output/text.js";
import { crashPointsOf } from "../start/crash-points.js";
import type { ResettableState } from "./port.js";
import type { ResetSettings } from "./settings.js";

/** @throws UsageError, FolderInUseError, StillRunningError naming the members, WireError with the brokers' words */
export async function openKafkaState(settings: ResetSettings): Promise<ResettableState> {
  const { applicationId, topicPrefix: prefix, dataDir } = settings;
  const { changelog, rawEvents, conversationEvents, workItemEvents } = topicNames({ prefix, applicationId });
  const reset = await KafkaReset.open({
    cluster: { ...(await clusterOptions(settings)), clientId: applicationId },
    changelog,
    groups: [
      { groupId: groupIdOf(applicationId, NORMALISE), topics: [rawEvents] },
      { groupId: groupIdOf(applicationId, RATCHET), topics: [conversationEvents, workItemEvents] },
    ],
    dataDir,
    crashPoints: crashPointsOf(process.env),
  });
  try {
    return {
      removed: removedOf(await reset.find()),
      kept: "The other topics keep their records. Copies in the folders of other instances are thrown away when these start.",
      remove: () => reset.run(),
      close: () => reset.close(),
    };
  } catch (error) {
    await reset.close();
    throw error;
  }
}

function removedOf({ changelog, groups, folder }: KafkaState): string[] {
  return [
    ...(changelog === null
      ? []
      : [`topic ${changelog.name} (${plural(changelog.partitions, "partition")}), which is made again`]),
    ...groups.map((groupId) => `group ${groupId} with its offsets`),
    ...(folder === null ? [] : [`the copy of the state in ${printable(folder)}`]),
  ];
}

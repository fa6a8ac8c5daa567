/** Asks the brokers about the product's topics, and has the missing ones made. */
import { isFatal, prepareTopics, type TopicReport, wantedTopics } from "../../runtime/kafka/topics.js";
import { Cluster, Deadline, DeadlineError } from "../../runtime/kafka/wire/index.js";
import { productTopology } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { clusterOptions } from "../kafka/connection.js";
import type { ClusterSettings } from "../kafka/settings.js";
import type { SettingValues } from "../settings/index.js";

export type TopicsSettings = ClusterSettings &
  SettingValues<"applicationId" | "topicPrefix" | "partitions" | "replicationFactor" | "retentionHours">;

const REACHED_WITHIN_MS = 10_000;
const PREPARED_WITHIN_MS = 60_000;
const HOUR_MS = 60 * 60 * 1_000;
const CHANNEL = "topics";

/** @throws UsageError, FailedError when no broker can be reached, WireError with the broker's words */
export async function reportTopics(
  settings: TopicsSettings,
  { create }: { readonly create: boolean },
): Promise<readonly TopicReport[]> {
  // Neither of the two says which topics there are.
  const { topics } = productTopology({ ...settings, tenant: null, workItemStream: "present" });
  const { replicationFactor, retentionHours } = settings;
  const wanted = wantedTopics(topics, { replicationFactor, retentionMs: retentionHours * HOUR_MS });
  const cluster = new Cluster({
    ...(await clusterOptions(settings)),
    clientId: settings.applicationId,
    // Closing waits for connections that are being made: to a broker that hangs, so long.
    connectTimeoutMs: REACHED_WITHIN_MS,
    requestTimeoutMs: REACHED_WITHIN_MS,
  });
  try {
    await reach(cluster);
    const deadline = new Deadline(PREPARED_WITHIN_MS);
    return await prepareTopics(cluster, wanted, { create, deadline, channel: CHANNEL });
  } finally {
    await cluster.close();
  }
}

/** Whether the service can run with them as they are. */
export function usable(reports: readonly TopicReport[]): boolean {
  return reports.every((report) => report.outcome !== "missing" && !isFatal(report));
}

async function reach(cluster: Cluster): Promise<void> {
  try {
    await cluster.clusterId(new Deadline(REACHED_WITHIN_MS));
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    const { cause } = error;
    const reason = cause instanceof Error ? cause.message : "no answer";
    const tried = `no broker answered within ${REACHED_WITHIN_MS / 1_000} s: ${reason}`;
    throw new FailedError(`${tried}; do --brokers and the --kafka-\u2026 settings fit?`, { cause: error });
  }
}

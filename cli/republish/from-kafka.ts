/** Control records on Kafka, beside whichever instances run. */
import { groupIdOf } from "../../runtime/kafka/runner-ports.js";
import { TopicsAtHand } from "../../runtime/kafka/topics-at-hand.js";
import { Republishing } from "../../runtime/republish/index.js";
import { RATCHET, topicNames } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { clusterOptions } from "../kafka/connection.js";
import { printable } from "../output/text.js";
import type { OpenedRepublishing } from "./open.js";
import type { RepublishSettings } from "./settings.js";

/** @throws UsageError, FailedError when there is no such topic, WireError with the brokers' words */
export async function openKafkaRepublishing(settings: RepublishSettings): Promise<OpenedRepublishing> {
  const { applicationId, topicPrefix: prefix } = settings;
  const { conversationEvents, queueAssignments } = topicNames({ prefix, applicationId });
  const cluster = { ...(await clusterOptions(settings)), clientId: applicationId };
  const topics = await TopicsAtHand.open(cluster, [conversationEvents, queueAssignments]);
  const close = () => topics.close();
  const missing = [conversationEvents, queueAssignments].find((topic) => topics.partitionsOf(topic) === null);
  if (missing !== undefined) {
    await close();
    throw new FailedError(`the brokers have no topic ${printable(missing)}: does --topic-prefix fit?`);
  }
  const groupId = groupIdOf(applicationId, RATCHET);
  const of = {
    log: topics.log,
    partitionsOf: topics.partitionsOf,
    append: topics.append.bind(topics),
    processedTo: (topic: string, partitions: readonly number[]) => topics.committedBy(groupId, topic, partitions),
  };
  return { republishing: new Republishing(of, settings), isStopped: false, close };
}

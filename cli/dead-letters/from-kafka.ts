/** The dead letters on Kafka, beside whichever instances run. */
import { DeadLetters } from "../../runtime/dead-letters/index.js";
import { TopicsAtHand } from "../../runtime/kafka/topics-at-hand.js";
import { topicNames } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { clusterOptions } from "../kafka/connection.js";
import type { OpenedDeadLetters } from "./open.js";
import type { DeadLettersSettings } from "./settings.js";

/** @throws UsageError, FailedError when there is no such topic, WireError with the brokers' words */
export async function openKafkaDeadLetters(settings: DeadLettersSettings): Promise<OpenedDeadLetters> {
  const { applicationId, topicPrefix: prefix } = settings;
  const { deadLetters, rawEvents, conversationEvents, workItemEvents } = topicNames({ prefix, applicationId });
  const cluster = { ...(await clusterOptions(settings)), clientId: applicationId };
  const topics = await TopicsAtHand.open(cluster, [deadLetters, rawEvents, conversationEvents, workItemEvents]);
  const close = () => topics.close();
  if (topics.partitionsOf(deadLetters) === null) {
    await close();
    throw new FailedError(`the brokers have no topic ${deadLetters}: does --topic-prefix fit?`);
  }
  return { letters: new DeadLetters(topics, settings), isStopped: false, close };
}

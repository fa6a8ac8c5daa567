/** An application's topics and state on Kafka, beside whichever instances run. */
import { readChangelog } from "../../runtime/kafka/changelog-state.js";
import { groupIdOf } from "../../runtime/kafka/runner-ports.js";
import { TopicsAtHand } from "../../runtime/kafka/topics-at-hand.js";
import { type LiveApplication, StateOnce } from "../../runtime/live/index.js";
import { NORMALISE, topicNames } from "../../topology/index.js";
import { FailedError } from "../errors.js";
import { clusterOptions } from "../kafka/connection.js";
import { printable } from "../output/text.js";
import type { LiveSettings } from "./settings.js";

/** @throws UsageError, FailedError when there is no such application, WireError with the brokers' words */
export async function openKafkaApplication(settings: LiveSettings): Promise<LiveApplication> {
  const { applicationId, topicPrefix: prefix } = settings;
  const names = topicNames({ prefix, applicationId });
  const cluster = { ...(await clusterOptions(settings)), clientId: applicationId };
  const topics = await TopicsAtHand.open(cluster, Object.values(names));
  const partitions = topics.partitionsOf(names.changelog);
  if (partitions === null) {
    await topics.close();
    throw new FailedError(
      `the brokers have no topic ${printable(names.changelog)}: do --application-id and --topic-prefix fit?`,
    );
  }
  const { committed: log } = topics;
  return {
    log,
    partitionsOf: topics.partitionsOf,
    state: async (partition) => {
      if (partition >= partitions) throw new RangeError(`the assignment store has no partition ${partition}`);
      return new StateOnce(() => readChangelog(log, names.changelog, partition));
    },
    rawPosition: async (partition) => {
      const group = groupIdOf(applicationId, NORMALISE);
      const [offset = null] = await topics.committedBy(group, names.rawEvents, [partition]);
      return offset;
    },
    close: () => topics.close(),
  };
}

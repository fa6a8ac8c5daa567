/** What an operator does to topics and groups, with kafkajs' admin client, which is not what is tested. */
import { type Admin, Kafka as KafkaJs, logLevel } from "kafkajs";
import { until } from "../../../support/kafka/index.js";

const GONE_WITHIN_MS = 20_000;

export async function administer<Result>(bootstrap: string, act: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new KafkaJs({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A topic of this name, as it was but for its contents. */
export async function remakeTopic(bootstrap: string, topic: string, numPartitions: number, cleanup: string) {
  await administer(bootstrap, async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await until(async () => !(await admin.listTopics()).includes(topic), GONE_WITHIN_MS);
    const configEntries = [{ name: "cleanup.policy", value: cleanup }];
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, configEntries }] });
  });
}

/** The records before `offset` are gone, as after retention. */
export async function expireRecords(bootstrap: string, topic: string, offsets: readonly (number | null)[]) {
  await administer(bootstrap, async (admin) => {
    // K19: the first thing on a topic fails.
    await admin.fetchTopicOffsets(topic);
    const partitions = offsets.flatMap((offset, partition) =>
      offset === null ? [] : [{ partition, offset: String(offset) }],
    );
    await admin.deleteTopicRecords({ topic, partitions });
  });
}

/** By partition, the offset after the last record. */
export async function endsOf(bootstrap: string, topic: string): Promise<number[]> {
  const found = await administer(bootstrap, (admin) => admin.fetchTopicOffsets(topic));
  return found.sort((one, other) => one.partition - other.partition).map(({ high }) => Number(high));
}

/** The group has no members. */
export async function setOffset(
  bootstrap: string,
  groupId: string,
  topic: string,
  { partition, offset }: { readonly partition: number; readonly offset: number },
) {
  await administer(bootstrap, (admin) =>
    admin.setOffsets({ groupId, topic, partitions: [{ partition, offset: String(offset) }] }),
  );
}

/** The group has no members: as when it stood still for longer than the brokers keep offsets. */
export async function forgetGroup(bootstrap: string, groupId: string) {
  await administer(bootstrap, (admin) => admin.deleteGroups([groupId]));
}

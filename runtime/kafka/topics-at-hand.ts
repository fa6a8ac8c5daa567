/** Some topics of a cluster, to be read and appended to by a tool beside the running instances: with the partitions that they have. */
import type { QueriedLog } from "../queries/index.js";
import type { ProducedRecord } from "../task/index.js";
import { Appender } from "./append.js";
import { SettledLog } from "./settled-log.js";
import { KafkaTopicLog } from "./topic-log.js";
import { Cluster, type ClusterOptions, committedOffsets, Deadline, describeTopics } from "./wire/index.js";

/** Closing waits for connections that are being made: to a broker that hangs, so long. */
const REACHED_WITHIN_MS = 10_000;
/** Longer than the transaction of a dead instance stays open, which may hold the answer up. */
const ANSWERED_WITHIN_MS = 30_000;

export class TopicsAtHand {
  /** Its ends wait for what is in open transactions. */
  readonly log: QueriedLog;
  /** Its ends do not: what lies behind an open transaction is not there yet. */
  readonly committed: KafkaTopicLog;
  private readonly appender: Appender;

  private constructor(
    private readonly cluster: Cluster,
    private readonly partitions: ReadonlyMap<string, number>,
  ) {
    this.committed = new KafkaTopicLog(cluster);
    this.log = new SettledLog(cluster, this.committed);
    this.appender = new Appender(cluster, (topic) => partitions.get(topic) ?? 0);
  }

  /** Those that are not there are left out. @throws DeadlineError when no broker can be reached, other WireErrors */
  static async open(options: ClusterOptions, names: readonly string[]): Promise<TopicsAtHand> {
    const cluster = new Cluster({
      connectTimeoutMs: REACHED_WITHIN_MS,
      requestTimeoutMs: REACHED_WITHIN_MS,
      ...options,
    });
    try {
      const found = await describeTopics(cluster, names, { deadline: new Deadline(REACHED_WITHIN_MS) });
      return new TopicsAtHand(cluster, new Map(found.map(({ name, partitions }) => [name, partitions.length])));
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Null when there is no such topic. */
  readonly partitionsOf = (topic: string): number | null => this.partitions.get(topic) ?? null;

  /** Each at least once. @throws WireError: some may have been written */
  append(records: readonly ProducedRecord[]): Promise<void> {
    return this.appender.append(records);
  }

  /**
   * What a group has committed, in the order of the partitions, once what is pending is decided; null where it has not, or where that
   * has expired.
   * @throws WireError
   */
  async committedBy(groupId: string, topic: string, partitions: readonly number[]): Promise<(number | null)[]> {
    const places = partitions.map((partition) => ({ topic, partition }));
    const options = { deadline: new Deadline(ANSWERED_WITHIN_MS), channel: "group-offsets" };
    const committed = await committedOffsets(this.cluster, groupId, places, options);
    return places.map(({ partition }) => committed.find((one) => one.partition === partition)?.offset ?? null);
  }

  async close(): Promise<void> {
    await this.appender.close();
    await this.committed.close();
    await this.cluster.close();
  }
}

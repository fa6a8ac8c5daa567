/** A cluster with what the tests of the reader need on it: topics, producers, and the comparison with the independent client. */
import { type Admin, Kafka as KafkaJs, logLevel } from "kafkajs";
import { expect } from "vitest";
import { Cluster, type Isolation, Reader, type TopicPartition } from "../../../../../../runtime/kafka/wire/index.js";
import type { IndependentClient } from "../../../../../support/kafka/index.js";
import { uniqueTopic, until } from "../../../../../support/kafka/index.js";
import { deleteRecords } from "./delete-records.js";
import { type PlainRecord, plainStored } from "./plain-record.js";
import { RawProducer } from "./raw-producer.js";
import { beginningsOf, endsOf, readOn, readToEnd, type Settings } from "./read-to-end.js";

export const ISOLATIONS: readonly Isolation[] = ["read_committed", "read_uncommitted"];

export class TestBed {
  private constructor(
    readonly cluster: Cluster,
    readonly admin: Admin,
  ) {}

  static async open(bootstrap: string, requestTimeoutMs = 15_000): Promise<TestBed> {
    const brokers = bootstrap.split(",");
    const cluster = new Cluster({ brokers, clientId: "reader-tests", requestTimeoutMs });
    const admin = new KafkaJs({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new TestBed(cluster, admin);
  }

  async close(): Promise<void> {
    await Promise.all([this.cluster.close(), this.admin.disconnect()]);
  }

  /** A new topic. @returns its name, which begins with the prefix */
  async topic(numPartitions = 1, settings: Readonly<Record<string, string>> = {}, prefix = "reader"): Promise<string> {
    const topic = uniqueTopic(prefix);
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await this.admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions, configEntries }] });
    // kafkajs gives up when the broker does not know the topic at once.
    await beginningsOf(this.cluster, placesOf(topic, numPartitions));
    return topic;
  }

  plain(): RawProducer {
    return RawProducer.plain(this.cluster);
  }

  idempotent(): Promise<RawProducer> {
    return RawProducer.idempotent(this.cluster);
  }

  transactional(): Promise<RawProducer> {
    return RawProducer.transactional(this.cluster, uniqueTopic("writer"));
  }

  /** @returns the first offset that is left */
  deleteRecords(place: TopicPartition, before: number): Promise<number> {
    return deleteRecords(this.cluster, place, before);
  }

  /** Returns when no transaction is open. Others than RawProducer are told of success before the markers are written. */
  async stable(topic: string, partitions: number): Promise<void> {
    const places = placesOf(topic, partitions);
    const stable = async () => {
      const ends = await Promise.all(ISOLATIONS.map((isolation) => endsOf(this.cluster, places, isolation)));
      return String(ends[0]) === String(ends[1]);
    };
    if (!(await until(stable, 10_000, 10))) throw new Error(`${topic} has an open transaction`);
  }

  /** With the reader from where the partitions begin. */
  async ours(topic: string, partitions: number, isolation: Isolation, settings?: Settings): Promise<PlainRecord[]> {
    const places = placesOf(topic, partitions);
    const beginnings = await beginningsOf(this.cluster, places);
    const starts = places.map((place, index) => ({ ...place, offset: beginnings[index] ?? 0 }));
    return readToEnd(this.cluster, starts, isolation, settings);
  }

  /** Both clients read the whole topic alike, in both isolation levels. @returns what they have read */
  async expectSame(
    client: IndependentClient,
    topic: string,
    { partitions = 1, ...settings }: Settings & { readonly partitions?: number } = {},
  ): Promise<Record<Isolation, PlainRecord[]>> {
    const read = async (isolation: Isolation) => {
      const [theirs, ours] = await Promise.all([
        client.read({ topic, isolation }),
        this.ours(topic, partitions, isolation, settings),
      ]);
      expect(ours, isolation).toEqual(theirs.map(plainStored));
      return ours;
    };
    const [committed, uncommitted] = await Promise.all([read("read_committed"), read("read_uncommitted")]);
    return { read_committed: committed, read_uncommitted: uncommitted };
  }

  /** As `expectSame`, and from every offset of a topic of one partition. */
  async expectSameFromEverywhere(
    client: IndependentClient,
    topic: string,
    settings: Settings = {},
  ): Promise<Record<Isolation, PlainRecord[]>> {
    const all = await this.expectSame(client, topic, settings);
    const place = { topic, partition: 0 };
    for (const isolation of ISOLATIONS) {
      const [beginning = 0] = await beginningsOf(this.cluster, [place]);
      const [end = 0] = await endsOf(this.cluster, [place], isolation);
      const reader = new Reader(this.cluster, { isolation, maxWaitMs: 1, ...settings });
      try {
        for (let offset = beginning; offset < end; offset++) {
          const ours = await readOn(this.cluster, reader, [{ ...place, offset }], isolation);
          const expected = all[isolation].filter((record) => record.offset >= offset);
          expect(ours, `${isolation} from ${offset}`).toEqual(expected);
        }
      } finally {
        await reader.close();
      }
    }
    return all;
  }
}

export function placesOf(topic: string, partitions: number): TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
}

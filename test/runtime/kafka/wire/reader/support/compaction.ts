/** Makes the broker compact a partition when a test wants it, and shows what it has left: the headers of the batches. */
import type { Cluster, TopicPartition } from "../../../../../../runtime/kafka/wire/index.js";
import { type AbortedTransaction, fetch } from "../../../../../../runtime/kafka/wire/protocol/fetch.js";
import { type BatchHeader, batchesIn } from "../../../../../../runtime/records/index.js";
import { until } from "../../../../../support/kafka/index.js";
import { RawProducer } from "./raw-producer.js";
import { beginningsOf, endsOf } from "./read-to-end.js";
import { record } from "./records.js";

const SEGMENT_MS = 600_000;
const WITHIN_MS = 20_000;

/** Tombstones and markers may go at once, and a segment ends when a record is ten minutes younger than its first one. */
export const COMPACTED: Readonly<Record<string, string>> = {
  // With "delete" for DeleteRecords; by itself nothing is deleted.
  "cleanup.policy": "compact,delete",
  "retention.ms": "-1",
  "segment.ms": String(SEGMENT_MS),
  "min.cleanable.dirty.ratio": "0.0",
  "delete.retention.ms": "0",
  "message.timestamp.after.max.ms": String(Number.MAX_SAFE_INTEGER),
};

/** The time of one compacted partition, which is what its segments go by. */
export class Compactor {
  readonly #cluster: Cluster;
  readonly #place: TopicPartition;
  readonly #producer: RawProducer;
  #now = Date.now();
  #round = 0;

  constructor(cluster: Cluster, place: TopicPartition) {
    this.#cluster = cluster;
    this.#place = place;
    this.#producer = RawProducer.plain(cluster);
  }

  /** What is written next begins a segment. @returns the timestamp to give to it: it ends the segment before */
  nextSegment(): number {
    this.#now += 2 * SEGMENT_MS;
    return this.#now;
  }

  /** Ends the segment with a record of no key that others have. */
  async roll(): Promise<void> {
    const timestamp = this.nextSegment();
    await this.#producer.write(this.#place, [record({ key: `roll ${this.#now}`, value: "", timestamp })]);
  }

  /** Returns when everything written so far has been compacted. Open transactions hinder that. */
  async compact(): Promise<void> {
    const key = `canary ${this.#round++}`;
    // The earlier of the two goes when their segment is cleaned, and with it or before it whatever is older.
    const canary = await this.#producer.write(this.#place, [record({ key, value: "1", timestamp: this.#now })]);
    await this.#producer.write(this.#place, [record({ key, value: "2", timestamp: this.#now })]);
    await this.roll();
    const gone = async () => (await this.#firstBatchAt(canary))?.baseOffset !== canary;
    if (!(await until(gone, WITHIN_MS, 50))) throw new Error(`the broker has not compacted ${this.#place.topic}`);
  }

  /** Twice: the first one marks tombstones and markers for deletion, the second one deletes them. */
  async compactTwice(): Promise<void> {
    await this.compact();
    await this.compact();
  }

  /** Every batch that is there, as its header says. */
  async batches(): Promise<BatchHeader[]> {
    const [beginning = 0] = await beginningsOf(this.#cluster, [this.#place]);
    const [end = 0] = await endsOf(this.#cluster, [this.#place], "read_uncommitted");
    const found: BatchHeader[] = [];
    for (let offset = beginning; offset < end; ) {
      const { records } = await fetchAt(this.#cluster, this.#place, offset);
      const headers = [...batchesIn(records)];
      if (headers.length === 0) break;
      found.push(...headers);
      offset = (headers.at(-1)?.lastOffset ?? offset) + 1;
    }
    return found;
  }

  async #firstBatchAt(offset: number): Promise<BatchHeader | undefined> {
    const { records } = await fetchAt(this.#cluster, this.#place, offset);
    return batchesIn(records).next().value ?? undefined;
  }
}

/** What one fetch gives, committed or not. */
export async function fetchAt(
  cluster: Cluster,
  place: TopicPartition,
  fetchOffset: number,
): Promise<{ readonly records: Buffer; readonly aborted: readonly AbortedTransaction[] }> {
  const leader = await cluster.leader(place);
  const connection = await cluster.connection(leader.nodeId, "raw-reader");
  const maxBytes = 8 * 1024 * 1024;
  const partition = { topicId: leader.topicId, partition: place.partition, leaderEpoch: leader.epoch };
  const answer = await connection.request(fetch, {
    isolation: "read_uncommitted",
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes,
    partitions: [{ ...partition, fetchOffset, lastFetchedEpoch: -1, maxBytes }],
  });
  const [fetched] = answer.partitions;
  if (fetched === undefined || fetched.errorCode !== 0)
    throw new Error(`fetching ${place.topic}-${place.partition} from ${fetchOffset}: error ${fetched?.errorCode}`);
  return fetched;
}

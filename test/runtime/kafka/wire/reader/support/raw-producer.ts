/** Writes batches exactly as told, one request each: transactions interleave at will, and every batch has its own codec. */

import { retrying } from "../../../../../../runtime/kafka/wire/deadline.js";
import { brokerError } from "../../../../../../runtime/kafka/wire/error-codes.js";
import { type Cluster, Deadline, type TopicPartition } from "../../../../../../runtime/kafka/wire/index.js";
import { produce } from "../../../../../../runtime/kafka/wire/protocol/produce.js";
import {
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  type ProducerIdentity,
} from "../../../../../../runtime/kafka/wire/protocol/transactions.js";
import {
  type BatchRecord,
  type CompressionCodec,
  encodeBatch,
  noCompression,
} from "../../../../../../runtime/records/index.js";

const STEP_TIMEOUT_MS = 20_000;
const TRANSACTION_TIMEOUT_MS = 60_000;

interface Identity extends ProducerIdentity {
  readonly transactionalId: string | null;
}

export class RawProducer {
  readonly #cluster: Cluster;
  readonly #channel: string;
  readonly #identity: Identity | null;
  readonly #sequences = new Map<string, number>();
  readonly #inTransaction = new Set<string>();

  private constructor(cluster: Cluster, channel: string, identity: Identity | null) {
    this.#cluster = cluster;
    this.#channel = channel;
    this.#identity = identity;
  }

  static plain(cluster: Cluster, channel = "raw"): RawProducer {
    return new RawProducer(cluster, channel, null);
  }

  static idempotent(cluster: Cluster, channel = "raw"): Promise<RawProducer> {
    return RawProducer.#identified(cluster, channel, null);
  }

  /** Ends whatever transaction an earlier one of the same id has left open. */
  static transactional(cluster: Cluster, transactionalId: string, channel = "raw"): Promise<RawProducer> {
    return RawProducer.#identified(cluster, channel, transactionalId);
  }

  static async #identified(cluster: Cluster, channel: string, transactionalId: string | null): Promise<RawProducer> {
    const identity = await step(cluster, "getting a producer id", async (what) => {
      const connection = await (transactionalId === null
        ? cluster.anyConnection()
        : cluster.coordinator("transaction", transactionalId, channel));
      const request = { transactionalId, transactionTimeoutMs: transactionalId === null ? 0 : TRANSACTION_TIMEOUT_MS };
      const { errorCode, ...answer } = await connection.request(initProducerId, request);
      if (errorCode !== 0) throw brokerError(what, errorCode);
      return answer;
    });
    return new RawProducer(cluster, channel, { ...identity, transactionalId });
  }

  get isInTransaction(): boolean {
    return this.#inTransaction.size > 0;
  }

  /** One batch; within the transaction, which the first one begins, when the producer is transactional. @returns its base offset */
  async write(
    place: TopicPartition,
    records: readonly BatchRecord[],
    compression: CompressionCodec = noCompression,
  ): Promise<number> {
    const name = `${place.topic}-${place.partition}`;
    if (!this.#inTransaction.has(name)) await this.join(place);
    const baseSequence = this.#sequences.get(name) ?? 0;
    const {
      producerId: id,
      producerEpoch: epoch,
      transactionalId,
    } = this.#identity ?? {
      producerId: -1,
      producerEpoch: -1,
      transactionalId: null,
    };
    const producer = id < 0 ? {} : { producer: { id, epoch, baseSequence, transactional: transactionalId !== null } };
    const bytes = encodeBatch(records, { ...producer, compression });
    const baseOffset = await step(this.#cluster, `writing to ${name}`, async (what) => {
      const { nodeId } = await this.#cluster.leader(place);
      const connection = await this.#cluster.connection(nodeId, this.#channel);
      const request = { transactionalId, timeoutMs: STEP_TIMEOUT_MS, batches: [{ ...place, bytes }] };
      const [written] = (await connection.request(produce, request)).partitions;
      if (written === undefined || written.errorCode !== 0)
        throw brokerError(what, written?.errorCode ?? -1, written?.message);
      return written.baseOffset;
    });
    this.#sequences.set(name, baseSequence + records.length);
    return baseOffset;
  }

  /** Returns when its marker is there: readers who come then see how the transaction ended. */
  async commit(): Promise<void> {
    await this.#end(true);
  }

  async abort(): Promise<void> {
    await this.#end(false);
  }

  /** The partition is in the transaction, and gets a marker, also when nothing is written to it. */
  async join(place: TopicPartition): Promise<void> {
    const { transactionalId, ...identity } = this.#identity ?? { transactionalId: null };
    if (transactionalId === null || !("producerId" in identity)) return;
    await step(this.#cluster, "adding a partition to a transaction", async (what) => {
      const coordinator = await this.#cluster.coordinator("transaction", transactionalId, this.#channel);
      const request = { ...identity, transactionalId, partitions: [place] };
      const [added] = await coordinator.request(addPartitionsToTxn, request);
      if (added === undefined || added.errorCode !== 0) throw brokerError(what, added?.errorCode ?? -1);
    });
    this.#inTransaction.add(`${place.topic}-${place.partition}`);
  }

  async #end(commit: boolean): Promise<void> {
    const { transactionalId, ...identity } = this.#identity ?? { transactionalId: null };
    if (transactionalId === null || !("producerId" in identity)) throw new Error("this producer has no transactions");
    await step(this.#cluster, "ending a transaction", async (what) => {
      const coordinator = await this.#cluster.coordinator("transaction", transactionalId, this.#channel);
      // Twice: the second answer is one of success only when all of its markers are written.
      for (let time = 0; time < 2; time++) {
        const { errorCode } = await coordinator.request(endTxn, { ...identity, transactionalId, commit });
        if (errorCode !== 0) throw brokerError(what, errorCode);
      }
    });
    this.#inTransaction.clear();
  }
}

function step<T>(cluster: Cluster, what: string, attempt: (what: string) => Promise<T>): Promise<T> {
  const deadline = new Deadline(STEP_TIMEOUT_MS);
  const recover = (error: unknown) => cluster.recover(error);
  return retrying({ what, deadline, longestPauseMs: 10, recover }, () => attempt(what));
}

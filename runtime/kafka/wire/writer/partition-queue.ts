/** What waits for one partition and what is on its way there, in order: where sequence numbers are given, once per batch (K2). */
import type { Buffer } from "node:buffer";
import type { CompressionCodec, RecordBatchBuilder } from "../../../records/index.js";
import { Backoff } from "../deadline.js";
import { asWireError } from "../errors.js";
import type { TopicPartition } from "../protocol/api.js";
import type { ProducerIdentity } from "../protocol/transactions.js";
import type { Send } from "./send.js";

/** What a batch holds of a send: so many records, from the batch's record `at` on. */
interface Share {
  readonly send: Send;
  readonly at: number;
  readonly count: number;
}

/** A batch with its sequence, which stays what it is however often the batch is sent. */
export interface Batch extends TopicPartition {
  readonly bytes: Buffer;
  readonly count: number;
  readonly baseSequence: number;
  readonly shares: readonly Share[];
  /** When the oldest of its records was accepted. */
  readonly acceptedAtMs: number;
  /** Whether an answer is missing to some try: the batch may be in the log. */
  maybeWritten: boolean;
  /** Null: not yet. */
  acknowledged: { readonly baseOffset: number | null } | null;
}

export interface QueueOptions {
  readonly maxBatchBytes: number;
  readonly compression: CompressionCodec;
  /** Empty between calls. */
  readonly builder: RecordBatchBuilder;
}

const SEQUENCES = 2 ** 31;
export const LONGEST_PAUSE_MS = 100;
/**
 * A broker remembers the last five batches of a producer and partition, and takes none but them for repetitions: an older one whose
 * answer was lost could not be sent again, if later ones had gone on meanwhile.
 */
export const MAX_IN_FLIGHT = 5;

export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly #maxBatchBytes: number;
  readonly #compression: CompressionCodec;
  readonly #builder: RecordBatchBuilder;
  readonly #waiting: (Send | null)[] = [];
  #firstWaiting = 0;
  #waitingBytes = 0;
  #nextSequence = 0;
  #lastOffset = -1;
  /**
   * Whether brokers know the producer on this partition. One that does not accepts any sequence to begin with: a second batch
   * would be taken though the first was refused, and the first for ever be out of order (KAFKA-14359).
   */
  #known = false;
  /** Sent, without an answer yet; in the order of their sequences. */
  readonly inFlight: Batch[] = [];
  /** To be sent again, one after the other, before anything new; in the order of their sequences. */
  readonly failed: Batch[] = [];
  /** From the oldest batch without an acknowledgement to the newest that has a sequence: what a broker must remember. */
  readonly #window: Batch[] = [];
  /** The node that has what is in flight. */
  node: number | null = null;
  /** A partition that is well must not shorten the pauses of one that is not. */
  readonly backoff = new Backoff(LONGEST_PAUSE_MS);
  /** Not before then. */
  notBeforeMs = 0;
  /** Not yet part of the transaction. */
  held = false;

  constructor({ topic, partition }: TopicPartition, { maxBatchBytes, compression, builder }: QueueOptions) {
    this.#compression = compression;
    this.topic = topic;
    this.partition = partition;
    this.#maxBatchBytes = maxBatchBytes;
    this.#builder = builder;
  }

  get idle(): boolean {
    return this.#firstWaiting === this.#waiting.length && this.inFlight.length === 0 && this.failed.length === 0;
  }

  /** When the oldest of what is not written was accepted. */
  get oldestMs(): number {
    const oldest = this.failed[0]?.acceptedAtMs ?? this.inFlight[0]?.acceptedAtMs;
    return Math.min(
      oldest ?? Number.POSITIVE_INFINITY,
      this.#waiting[this.#firstWaiting]?.acceptedAtMs ?? Number.POSITIVE_INFINITY,
    );
  }

  enqueue(send: Send): void {
    this.#waiting.push(send);
    this.#waitingBytes += send.sizeBytes;
  }

  /**
   * The batch to send now, taken out of what waits: one that failed, alone, or a new one. A new one that is not full waits while
   * another is in flight, so that many small writes become few batches.
   */
  take(producer: ProducerIdentity, transactional: boolean): Batch | null {
    const again = this.failed[0];
    if (again !== undefined) {
      if (this.inFlight.length > 0) return null;
      this.failed.shift();
      this.inFlight.push(again);
      return again;
    }
    const waiting = this.#firstWaiting < this.#waiting.length;
    const mayGo = this.inFlight.length === 0 || this.#waitingBytes >= this.#maxBatchBytes;
    if (!waiting || !mayGo || this.#window.length >= (this.#known ? MAX_IN_FLIGHT : 1)) return null;
    const batch = this.#seal(producer, transactional);
    this.inFlight.push(batch);
    this.#window.push(batch);
    return batch;
  }

  /**
   * The batch is in the log.
   * @param baseOffset null when the broker no longer knows it
   * @returns false when offsets have fallen: what was written before is lost (K4)
   */
  written(batch: Batch, baseOffset: number | null): boolean {
    this.#takeOut(batch);
    this.#known = true;
    batch.acknowledged = { baseOffset };
    // In the order of their sequences: an answer that was lost comes after those to later batches.
    for (let oldest = this.#window[0]; oldest?.acknowledged; oldest = this.#window[0]) {
      this.#window.shift();
      const { baseOffset: offset } = oldest.acknowledged;
      if (offset === null) continue;
      if (offset <= this.#lastOffset) return false;
      this.#lastOffset = offset + oldest.count - 1;
    }
    return true;
  }

  /** The batch has to be sent again. */
  retry(batch: Batch, notBeforeMs: number): void {
    this.#takeOut(batch);
    this.notBeforeMs = notBeforeMs;
    const behind = this.failed.findIndex(({ baseSequence }) => follows(baseSequence, batch.baseSequence));
    this.failed.splice(behind < 0 ? this.failed.length : behind, 0, batch);
  }

  /** The broker will not have the batch: it is in no log. */
  refused(batch: Batch): void {
    this.#takeOut(batch);
    this.failed.unshift(batch);
  }

  /** Whether no batch with an earlier sequence is without an answer. */
  isOldest(batch: Batch): boolean {
    return [...this.failed, ...this.inFlight].every(
      (one) => one === batch || follows(one.baseSequence, batch.baseSequence),
    );
  }

  /** Everything that is not written, as batches and as sends of which nothing was sent. */
  drop(): { readonly batches: readonly Batch[]; readonly sends: readonly Send[] } {
    for (const batch of this.inFlight) batch.maybeWritten = true;
    const batches = [...this.failed.splice(0), ...this.inFlight.splice(0)];
    const sends = this.#waiting.splice(0).filter((send) => send !== null);
    this.#firstWaiting = 0;
    this.#waitingBytes = 0;
    return { batches, sends };
  }

  /** @throws what a record or the compression throws; the sends that it concerns have failed then */
  #seal(producer: ProducerIdentity, transactional: boolean): Batch {
    const shares: Share[] = [];
    try {
      return this.#fill(shares, producer, transactional);
    } catch (error) {
      this.#builder.reset();
      for (const { send } of shares) send.fail(asWireError(error));
      throw error;
    }
  }

  #fill(shares: Share[], { producerId, producerEpoch }: ProducerIdentity, transactional: boolean): Batch {
    const first = this.#waiting[this.#firstWaiting] as Send;
    let full = false;
    while (!full && this.#firstWaiting < this.#waiting.length) {
      const send = this.#waiting[this.#firstWaiting] as Send;
      const at = this.#builder.count;
      while (!send.batched && !full) {
        const record = send.records[send.next];
        if (record === undefined || !this.#builder.append(record)) full = true;
        else send.next++;
      }
      const count = this.#builder.count - at;
      if (count > 0) {
        send.inBatch();
        shares.push({ send, at, count });
      }
      if (!send.batched) break;
      this.#waitingBytes -= send.sizeBytes;
      this.#dropFirst();
    }
    const count = this.#builder.count;
    const baseSequence = this.#nextSequence;
    const bytes = this.#builder.build({
      producer: { id: producerId, epoch: producerEpoch, baseSequence, transactional },
      compression: this.#compression,
    });
    this.#nextSequence = (baseSequence + count) % SEQUENCES;
    const { topic, partition } = this;
    return {
      topic,
      partition,
      bytes,
      count,
      baseSequence,
      shares,
      acceptedAtMs: first.acceptedAtMs,
      maybeWritten: false,
      acknowledged: null,
    };
  }

  /** It is in batches: nothing here keeps its records alive. */
  #dropFirst(): void {
    this.#waiting[this.#firstWaiting++] = null;
    if (this.#firstWaiting < 1024 || 2 * this.#firstWaiting < this.#waiting.length) return;
    this.#waiting.splice(0, this.#firstWaiting);
    this.#firstWaiting = 0;
  }

  #takeOut(batch: Batch): void {
    const at = this.inFlight.indexOf(batch);
    if (at >= 0) this.inFlight.splice(at, 1);
  }
}

/** Whether sequence `a` comes after `b`, counting around 2^31. */
function follows(a: number, b: number): boolean {
  const distance = (a - b + SEQUENCES) % SEQUENCES;
  return distance > 0 && distance < SEQUENCES / 2;
}

/**
 * Sends batches to the leaders of their partitions: under one sequence each, in order, until they are acknowledged or the time is
 * over. The idempotent and the transactional writer are made of it.
 */
import { RecordBatchBuilder } from "../../../records/index.js";
import { Alarm } from "../alarm.js";
import type { BrokerConnection } from "../connection.js";
import { Backoff, isRetriable } from "../deadline.js";
import { brokerError, Code, errorCode, RetriableError } from "../error-codes.js";
import { asWireError, DeadlineError, OutcomeUnknownError, ReinitialiseError, type WireError } from "../errors.js";
import { nameOf, type TopicPartition } from "../protocol/api.js";
import { type ProducedPartition, produce } from "../protocol/produce.js";
import type { ProducerIdentity } from "../protocol/transactions.js";
import { LeaderLink } from "./leader-link.js";
import { type LeaderDirectory, type SenderOptions, withDefaults } from "./options.js";
import { type Batch, LONGEST_PAUSE_MS, PartitionQueue } from "./partition-queue.js";
import { Room } from "./room.js";
import { checkedBytes, Send, type WriteRequest, type Written } from "./send.js";

interface Identity extends ProducerIdentity {
  readonly transactionalId: string | null;
}

const DEADLINE_CHECK_MS = 100;

export class BatchSender {
  readonly #cluster: LeaderDirectory;
  readonly #identity: Identity;
  readonly #channel: string;
  readonly #options: Required<SenderOptions>;
  readonly #queues = new Map<string, PartitionQueue>();
  /** Those with something to send or on its way. */
  readonly #active = new Set<PartitionQueue>();
  readonly #links = new Map<number, LeaderLink>();
  readonly #room: Room;
  /** One for all partitions: it keeps the size of the largest batch, and batches are made one after the other. */
  readonly #builder: RecordBatchBuilder;
  /** Between lookups; each partition has its own for its batches. */
  readonly #backoff = new Backoff(LONGEST_PAUSE_MS);
  readonly #unsettled = new Set<Promise<Written>>();
  #pumping = false;
  #recovering = false;
  /** No leader is looked up again before then. */
  #lookUpFromMs = 0;
  readonly #alarm = new Alarm(() => this.#pump());
  #deadlines: NodeJS.Timeout | null = null;
  #failure: WireError | null = null;
  /** What was last to be retried: why the time was not enough. */
  #lastError: WireError | null = null;

  constructor(cluster: LeaderDirectory, identity: Identity, channel: string, options: SenderOptions) {
    this.#cluster = cluster;
    this.#identity = identity;
    this.#channel = channel;
    this.#options = withDefaults(options);
    this.#builder = new RecordBatchBuilder({ maxBytes: this.#options.maxBatchBytes });
    this.#room = new Room(this.#options.maxBufferedBytes);
  }

  /** Why no more can be sent; null while it can. */
  get failure(): WireError | null {
    return this.#failure;
  }

  get bufferedBytes(): number {
    return this.#room.usedBytes;
  }

  /**
   * Resolves when all the records are acknowledged. When the buffer is full it waits for room first, in the order of the calls.
   * @throws RecordTooLargeError, InvalidBatchError: nothing of it was sent
   * @throws OutcomeUnknownError: records of it may be in the log
   * @throws what the writer has failed with: nothing of it is in the log
   */
  send(request: WriteRequest): Promise<Written> {
    if (this.#failure !== null) return this.#settledLater(Promise.reject(this.#failure));
    try {
      const sizeBytes = checkedBytes(request, this.#options.maxRecordBytes);
      return this.#settledLater(this.#accept(request, sizeBytes));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settledLater(done: Promise<Written>): Promise<Written> {
    this.#unsettled.add(done);
    const settled = () => this.#unsettled.delete(done);
    // That the writer has failed is told by `flush` too: who looks at a send later, or not at all, must not end the process.
    done.then(settled, settled);
    return done;
  }

  async #accept({ topic, partition, records }: WriteRequest, sizeBytes: number): Promise<Written> {
    if (!this.#room.tryEnter(sizeBytes)) await this.#room.enter(sizeBytes);
    if (this.#failure !== null) throw this.#failure;
    const send = new Send(records, sizeBytes, performance.now());
    const queue = this.#queue(topic, partition);
    queue.enqueue(send);
    this.#active.add(queue);
    this.#watchDeadlines();
    this.#pumpSoon();
    return send.done;
  }

  /** Nothing is sent to the partition before `release`. */
  hold({ topic, partition }: TopicPartition): void {
    this.#queue(topic, partition).held = true;
  }

  release({ topic, partition }: TopicPartition): void {
    this.#queue(topic, partition).held = false;
    this.#pumpSoon();
  }

  /** Resolves when everything sent so far is acknowledged. @throws what the writer has failed with */
  async flush(): Promise<void> {
    // Not for what is sent meanwhile: there may be no end of it.
    await Promise.allSettled(this.#unsettled);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Nothing more is sent; what is not acknowledged is rejected. Idempotent. */
  fail(failure: WireError): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#alarm.clear();
    if (this.#deadlines !== null) clearTimeout(this.#deadlines);
    for (const queue of this.#active) {
      const { batches, sends } = queue.drop();
      // All batches of a send first: one that may be in the log decides for the whole of it.
      for (const { maybeWritten, shares } of batches)
        if (maybeWritten) for (const { send } of shares) send.maybeWritten = true;
      for (const { shares } of batches) for (const { send } of shares) reject(send, queue, failure);
      for (const send of sends) reject(send, queue, failure);
    }
    this.#active.clear();
    this.#room.refuseAll(failure);
  }

  #queue(topic: string, partition: number): PartitionQueue {
    const name = nameOf({ topic, partition });
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new PartitionQueue({ topic, partition }, { ...this.#options, builder: this.#builder });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Once the current calls are through, so that many of them go together. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    let sent = true;
    while (sent && this.#failure === null) {
      sent = false;
      for (const [nodeId, queues] of this.#sendable()) {
        const link = this.#link(nodeId);
        const connection = link.ready(
          () => this.#pumpSoon(),
          (error) => this.#retryLater(error),
        );
        if (connection === null) continue;
        const batches = this.#takeBatches(queues, nodeId);
        if (batches.length === 0 || this.#failure !== null) continue;
        sent = true;
        void this.#request(link, connection, batches);
      }
    }
  }

  /** The partitions that may send now, by leader; those that sent last come last. */
  #sendable(): Map<number, PartitionQueue[]> {
    const byNode = new Map<number, PartitionQueue[]>();
    const now = performance.now();
    let unknown = false;
    for (const queue of this.#active) {
      if (queue.held) continue;
      if (queue.notBeforeMs > now) {
        this.#wakeUpAt(queue.notBeforeMs);
        continue;
      }
      const leader = this.#cluster.knownLeader(queue);
      if (leader === null) {
        unknown = true;
        continue;
      }
      // What is in flight to a former leader is answered first.
      if (queue.inFlight.length > 0 && queue.node !== leader.nodeId) continue;
      const others = byNode.get(leader.nodeId);
      if (others === undefined) byNode.set(leader.nodeId, [queue]);
      else others.push(queue);
    }
    if (unknown) void this.#lookUpLeaders();
    return byNode;
  }

  #takeBatches(queues: readonly PartitionQueue[], nodeId: number): Batch[] {
    const batches: Batch[] = [];
    let bytes = 0;
    for (const queue of queues) {
      if (bytes >= this.#options.maxRequestBytes) break;
      const batch = this.#take(queue);
      if (batch === null) continue;
      queue.node = nodeId;
      bytes += batch.bytes.length;
      batches.push(batch);
      // To the end of the line: with many partitions no one is left out.
      this.#active.delete(queue);
      this.#active.add(queue);
    }
    return batches;
  }

  #take(queue: PartitionQueue): Batch | null {
    try {
      return queue.take(this.#identity, this.#identity.transactionalId !== null);
    } catch (error) {
      this.fail(asWireError(error));
      return null;
    }
  }

  async #request(link: LeaderLink, connection: BrokerConnection, batches: readonly Batch[]): Promise<void> {
    link.requests++;
    const { transactionalId } = this.#identity;
    try {
      const timeoutMs = this.#cluster.requestTimeoutMs;
      const response = await connection.request(produce, { transactionalId, timeoutMs, batches });
      connection.throttle(response.throttleMs);
      const answers = new Map(response.partitions.map((one) => [nameOf(one), one]));
      for (const batch of batches) this.#answered(batch, answers.get(nameOf(batch)));
    } catch (error) {
      for (const batch of batches) batch.maybeWritten = true;
      if (isRetriable(error)) {
        this.#retryLater(error);
        for (const batch of batches) this.#retry(batch);
      } else this.fail(asWireError(error));
    } finally {
      link.requests--;
    }
    this.#pumpSoon();
  }

  #answered(batch: Batch, answer: ProducedPartition | undefined): void {
    if (this.#failure !== null) return;
    const queue = this.#queue(batch.topic, batch.partition);
    const place = nameOf(batch);
    if (answer === undefined) {
      // The broker has not said what became of it; under the same sequence it may go again (K4).
      batch.maybeWritten = true;
      this.#retry(batch);
      return;
    }
    const { errorCode: code, message } = answer;
    if (code === Code.none || code === Code.duplicateSequenceNumber) {
      this.#written(queue, batch, code === Code.none && answer.baseOffset >= 0 ? answer.baseOffset : null);
      return;
    }
    const outOfOrder = code === Code.outOfOrderSequenceNumber;
    const error = brokerError(`writing to ${place}`, code, message);
    // Behind a batch that has to go again, the broker refuses the later ones: they follow it.
    if (error instanceof RetriableError || (outOfOrder && !queue.isOldest(batch))) {
      if (errorMayBeWritten(code)) batch.maybeWritten = true;
      if (error instanceof RetriableError) this.#retryLater(error);
      this.#retry(batch);
      return;
    }
    if (errorMayBeWritten(code)) batch.maybeWritten = true;
    queue.refused(batch);
    this.fail(error);
  }

  #written(queue: PartitionQueue, batch: Batch, baseOffset: number | null): void {
    queue.backoff.reset();
    if (!queue.written(batch, baseOffset)) {
      const lost = new ReinitialiseError(
        `${nameOf(batch)}: acknowledged records are gone (a batch came to lie at offset ${baseOffset}, before them): unclean leader election`,
      );
      for (const { send } of batch.shares) send.fail(lost);
      this.fail(lost);
      return;
    }
    for (const { send, at, count } of batch.shares) {
      const first = baseOffset === null ? null : baseOffset + at;
      if (send.written(first, first === null ? null : first + count - 1)) this.#room.leave(send.sizeBytes);
    }
    if (queue.idle) this.#active.delete(queue);
  }

  #retry(batch: Batch): void {
    if (this.#failure !== null) return;
    const queue = this.#queue(batch.topic, batch.partition);
    queue.retry(batch, performance.now() + queue.backoff.nextMs());
  }

  /** Looks up what has moved; batches wait for their own pause. */
  #retryLater(error: WireError): void {
    if (this.#failure !== null) return;
    if (!isRetriable(error)) {
      this.fail(error);
      return;
    }
    this.#lastError = error;
    if (this.#recovering) return;
    this.#recovering = true;
    void this.#cluster.recover(error).finally(() => {
      this.#recovering = false;
      this.#lookUpFromMs = performance.now() + this.#backoff.nextMs();
      this.#wakeUpAt(this.#lookUpFromMs);
    });
  }

  async #lookUpLeaders(): Promise<void> {
    if (this.#recovering) return;
    if (performance.now() < this.#lookUpFromMs) {
      this.#wakeUpAt(this.#lookUpFromMs);
      return;
    }
    this.#recovering = true;
    try {
      // All of them: one without a leader must not keep the others from being asked for.
      const found = await Promise.allSettled([...this.#active].map((queue) => this.#cluster.leader(queue)));
      this.#pumpSoon();
      const failed = found.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      this.#backoff.reset();
      this.#recovering = false;
    } catch (error) {
      this.#recovering = false;
      this.#retryLater(asWireError(error));
    }
  }

  #wakeUpAt(atMs: number): void {
    if (this.#failure === null) this.#alarm.setTo(atMs);
  }

  #watchDeadlines(): void {
    if (this.#deadlines !== null) return;
    this.#deadlines = setTimeout(() => {
      this.#deadlines = null;
      if (this.#active.size > 0) this.#checkDeadlines();
    }, DEADLINE_CHECK_MS);
    this.#deadlines.unref();
  }

  #checkDeadlines(): void {
    const { deliveryTimeoutMs } = this.#options;
    const now = performance.now();
    for (const queue of this.#active) {
      const afterMs = now - queue.oldestMs;
      if (afterMs < deliveryTimeoutMs) continue;
      this.fail(new DeadlineError(`writing to ${nameOf(queue)}`, afterMs, this.#lastError));
      return;
    }
    this.#watchDeadlines();
  }

  #link(nodeId: number): LeaderLink {
    let link = this.#links.get(nodeId);
    if (link === undefined) {
      link = new LeaderLink(this.#cluster, nodeId, this.#channel);
      this.#links.set(nodeId, link);
    }
    return link;
  }
}

const MAYBE_WRITTEN: readonly string[] = [
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "REQUEST_TIMED_OUT",
  "NOT_LEADER_OR_FOLLOWER",
  "KAFKA_STORAGE_ERROR",
  "UNKNOWN_SERVER_ERROR",
];

/** Codes after which the batch may be in the log of the leader, or come to be. */
function errorMayBeWritten(code: number): boolean {
  return MAYBE_WRITTEN.includes(errorCode(code).name);
}

function reject(send: Send, place: TopicPartition, failure: WireError): void {
  const what = `${nameOf(place)}: the records may be written or not: ${failure.message}`;
  send.fail(send.maybeWritten ? new OutcomeUnknownError(what, { cause: failure }) : failure);
}

/** The transactional writer: records and group offsets that are there all or not at all, and a successor that fences it. */
import type { Cluster } from "../cluster.js";
import type { BrokerConnection } from "../connection.js";
import { Deadline, isRetriable, retrying } from "../deadline.js";
import { brokerError, Code, RetriableError } from "../error-codes.js";
import { asWireError, ClosedError, OutcomeUnknownError, WireError } from "../errors.js";
import { type Api, nameOf, type TopicPartition } from "../protocol/api.js";
import type { CoordinatorKind } from "../protocol/groups.js";
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  type GroupMember,
  type GroupOffset,
  initProducerId,
  type PartitionError,
  type ProducerIdentity,
  type TransactionIdentity,
  txnOffsetCommit,
} from "../protocol/transactions.js";
import { BatchSender } from "./batch-sender.js";
import type { SenderOptions } from "./options.js";
import type { WriteRequest, Written } from "./send.js";

export interface TransactionalWriterOptions extends SenderOptions {
  readonly transactionalId: string;
  /** After which the coordinator aborts a transaction and fences its writer. At most the broker's transaction.max.timeout.ms. */
  readonly transactionTimeoutMs: number;
  /** For each step: fencing, adding partitions, offsets, committing. Default: 60 s. */
  readonly stepTimeoutMs?: number;
  /** Writers of one channel share connections, on which a broker works on one request at a time. Default: one of its own. */
  readonly channel?: string;
}

/** Offsets to be committed with the transaction, by a member of the group. */
export interface OffsetsToCommit extends GroupMember {
  readonly offsets: readonly GroupOffset[];
}

let writers = 0;

type State = "ready" | "in transaction" | "ending" | "failed";

/** Pauses while the last transaction is being completed: a few milliseconds (K7). */
const LONGEST_COORDINATOR_PAUSE_MS = 20;

/**
 * One transaction at a time: `begin`, then `send` and `sendOffsets` as often as need be, then `commit` or `abort`. After any
 * failure the writer is of no more use (K1): open another, which fences this one and ends its transaction, and close this one.
 */
export class TransactionalWriter {
  readonly #cluster: Cluster;
  readonly #identity: TransactionIdentity;
  readonly #channel: string;
  readonly #ownChannel: boolean;
  readonly #stepTimeoutMs: number;
  readonly #sender: BatchSender;
  #state: State = "ready";
  #failure: WireError | null = null;
  #closed = false;
  readonly #partitions = new Set<string>();
  #toAdd: TopicPartition[] = [];
  #offsets: Promise<void>[] = [];
  /** They never reject: the writer has failed then. */
  #adding: Promise<void>[] = [];

  private constructor(
    cluster: Cluster,
    identity: TransactionIdentity,
    channel: string,
    options: TransactionalWriterOptions,
  ) {
    this.#cluster = cluster;
    this.#identity = identity;
    this.#channel = channel;
    this.#ownChannel = options.channel === undefined;
    this.#stepTimeoutMs = options.stepTimeoutMs ?? DEFAULT_STEP_TIMEOUT_MS;
    this.#sender = new BatchSender(cluster, identity, channel, options);
  }

  /**
   * Fences every writer of the same transactional id that was opened before, and ends its transaction: what it had not committed
   * never will be.
   * @throws DeadlineError, AuthenticationError, RefusedError
   */
  static async open(cluster: Cluster, options: TransactionalWriterOptions): Promise<TransactionalWriter> {
    const { transactionalId, transactionTimeoutMs, stepTimeoutMs = DEFAULT_STEP_TIMEOUT_MS } = options;
    // Of its own even among writers of one id: closing the one that was fenced must not break its successor's connections.
    const channel = options.channel ?? `transactional-writer-${++writers}-${transactionalId}`;
    const { producerId, producerEpoch } = await fenceWriters(cluster, {
      transactionalId,
      transactionTimeoutMs,
      deadline: new Deadline(stepTimeoutMs),
      channel,
      abandon: () => {
        if (options.channel === undefined) void cluster.closeChannel(channel);
      },
    });
    return new TransactionalWriter(cluster, { transactionalId, producerId, producerEpoch }, channel, options);
  }

  get transactionalId(): string {
    return this.#identity.transactionalId;
  }

  /** Why it can write no more; null while it can. */
  get failure(): WireError | null {
    return this.#failure ?? this.#sender.failure;
  }

  get bufferedBytes(): number {
    return this.#sender.bufferedBytes;
  }

  begin(): void {
    this.#mustBe("ready", "begin a transaction");
    this.#state = "in transaction";
  }

  /** As BatchSender's; acknowledged does not mean committed. */
  send(request: WriteRequest): Promise<Written> {
    if (this.failure === null) {
      try {
        this.#mustBe("in transaction", "send");
      } catch (error) {
        return Promise.reject(error);
      }
      this.#add(request);
    }
    return this.#sender.send(request);
  }

  /** Offsets that are committed if and when the transaction is. @throws FencedError when the member is no longer one */
  sendOffsets(request: OffsetsToCommit): Promise<void> {
    this.#mustBe("in transaction", "send offsets");
    const done = this.#sendOffsets(request).catch((error) => this.#failed(error));
    done.catch(() => undefined);
    this.#offsets.push(done);
    return done;
  }

  /**
   * Resolves when everything of the transaction is committed.
   * @throws OutcomeUnknownError when it may be committed or not: fence (open another), then look at what is there
   * @throws anything else: it is not committed, and never will be
   */
  async commit(): Promise<void> {
    this.#mustBe("in transaction", "commit");
    this.#state = "ending";
    try {
      await this.#everythingSent();
      if (this.#partitions.size > 0 || this.#offsets.length > 0) await this.#end(true);
    } catch (error) {
      await this.#failed(error);
    }
    this.#ready();
  }

  /** Resolves when the transaction is ended and nothing of it will be seen. The writer can begin another. */
  async abort(): Promise<void> {
    this.#mustBe("in transaction", "abort");
    this.#state = "ending";
    try {
      // Sequences have been given: what has one is sent, so that the next transaction goes on where this one ended.
      await this.#everythingSent();
      if (this.#partitions.size > 0 || this.#offsets.length > 0) await this.#end(false);
    } catch (error) {
      await this.#failed(error);
    }
    this.#ready();
  }

  /** At once. A transaction that is open stays so until a successor fences it, or it times out. */
  async close(): Promise<void> {
    this.#fail(new ClosedError(`the writer ${this.transactionalId} was closed`));
    this.#closed = true;
    await this.#closeChannel();
  }

  async #closeChannel(): Promise<void> {
    if (this.#ownChannel) await this.#cluster.closeChannel(this.#channel);
  }

  async #everythingSent(): Promise<void> {
    // A partition may be added for records that were then refused: it must not come to the coordinator after the end.
    await Promise.all([this.#sender.flush(), ...this.#offsets, ...this.#adding]);
    if (this.failure !== null) throw this.failure;
  }

  /** Makes the partition a part of the transaction; until it is one, nothing is sent to it. */
  #add({ topic, partition }: TopicPartition): void {
    const name = nameOf({ topic, partition });
    if (this.#partitions.has(name)) return;
    this.#partitions.add(name);
    this.#sender.hold({ topic, partition });
    if (this.#toAdd.length === 0) this.#adding.push(Promise.resolve().then(() => this.#addAll()));
    this.#toAdd.push({ topic, partition });
  }

  /** Those of one turn together. */
  async #addAll(): Promise<void> {
    const partitions = this.#toAdd;
    this.#toAdd = [];
    const what = `adding ${partitions.length} partitions to the transaction of ${this.transactionalId}`;
    try {
      await this.#retrying(what, async () => {
        const answer = await this.#coordinate(addPartitionsToTxn, { ...this.#identity, partitions });
        throwFirst(what, answer);
      });
      for (const one of partitions) this.#sender.release(one);
    } catch (error) {
      this.#fail(asWireError(error));
    }
  }

  async #sendOffsets(request: OffsetsToCommit): Promise<void> {
    const { groupId } = request;
    const what = `committing offsets of group ${groupId} in the transaction of ${this.transactionalId}`;
    await this.#retrying(what, async () => {
      const { errorCode } = await this.#coordinate(addOffsetsToTxn, { ...this.#identity, groupId });
      if (errorCode !== Code.none) throw brokerError(what, errorCode);
    });
    await this.#retrying(what, async () => {
      const coordinator = await this.#coordinator("group", groupId);
      throwFirst(what, await coordinator.request(txnOffsetCommit, { ...this.#identity, ...request }));
    });
  }

  async #end(commit: boolean): Promise<void> {
    const what = `${commit ? "committing" : "aborting"} the transaction of ${this.transactionalId}`;
    let maybeDone = false;
    let over = false;
    try {
      await this.#retrying(what, async () => {
        const coordinator = await this.#coordinator("transaction", this.transactionalId);
        // Whoever was told that nothing came of it must not be given the lie.
        if (over) throw new ClosedError(`${what}: given up`);
        const before = maybeDone;
        // Until there is an answer that says otherwise, whatever becomes of the request or of us.
        maybeDone = true;
        const { errorCode } = await coordinator.request(endTxn, { ...this.#identity, commit });
        if (errorCode === Code.none) return;
        const error = brokerError(what, errorCode);
        if (leavesNothing(error, errorCode)) maybeDone = before;
        throw error;
      });
    } catch (error) {
      over = true;
      if (!maybeDone) throw error;
      const last = error instanceof Error ? error.message : String(error);
      throw new OutcomeUnknownError(`${what}: it may have happened or not: ${last}`, { cause: error });
    }
  }

  async #coordinate<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Response> {
    const coordinator = await this.#coordinator("transaction", this.transactionalId);
    return coordinator.request(api, request);
  }

  /** @throws the writer's failure when that came meanwhile */
  async #coordinator(kind: CoordinatorKind, key: string): Promise<BrokerConnection> {
    const coordinator = await this.#cluster.coordinator(kind, key, this.#channel);
    if (this.failure === null) return coordinator;
    // Closed while this connection was looked for, which nobody would close.
    if (this.#closed) void this.#closeChannel();
    throw this.failure;
  }

  #retrying<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const recover = (error: unknown) => this.#cluster.recover(error);
    const deadline = new Deadline(this.#stepTimeoutMs);
    return retrying({ what, deadline, longestPauseMs: LONGEST_COORDINATOR_PAUSE_MS, recover }, async () => {
      if (this.failure !== null) throw this.failure;
      return attempt();
    });
  }

  #ready(): void {
    this.#partitions.clear();
    this.#offsets = [];
    this.#adding = [];
    this.#state = "ready";
  }

  #mustBe(state: State, what: string): void {
    if (this.failure !== null) throw this.failure;
    if (this.#state === state) return;
    throw new WireError(`the writer ${this.transactionalId} cannot ${what}: it is ${this.#state}`);
  }

  #fail(failure: WireError): void {
    this.#failure ??= failure;
    this.#state = "failed";
    this.#sender.fail(failure);
  }

  async #failed(error: unknown): Promise<never> {
    const failure = asWireError(error);
    this.#fail(failure);
    throw failure;
  }
}

const DEFAULT_STEP_TIMEOUT_MS = 60_000;

export interface Fencing {
  readonly transactionalId: string;
  /** Of the transactions of whoever writes under the identity that this gives. */
  readonly transactionTimeoutMs: number;
  readonly deadline: Deadline;
  readonly channel: string;
  /** When it has failed; again when a connection comes after that, which nobody else would close. Default: nothing. */
  readonly abandon?: () => void;
}

/**
 * Fences every writer of the transactional id, and ends its transaction: what was not committed never will be. Resolves when
 * that is done, with who may write now.
 * @throws DeadlineError, AuthenticationError, RefusedError
 */
export async function fenceWriters(
  cluster: Cluster,
  { transactionalId, transactionTimeoutMs, deadline, channel, abandon = () => undefined }: Fencing,
): Promise<ProducerIdentity> {
  const what = `fencing the writers of ${transactionalId}`;
  const recover = (error: unknown) => cluster.recover(error);
  let over = false;
  try {
    return await retrying({ what, deadline, longestPauseMs: LONGEST_COORDINATOR_PAUSE_MS, recover }, async () => {
      const coordinator = await cluster.coordinator("transaction", transactionalId, channel);
      // Late, it would fence whoever was opened since.
      if (over) {
        abandon();
        throw new ClosedError(`${what}: given up`);
      }
      const response = await coordinator.request(initProducerId, { transactionalId, transactionTimeoutMs });
      if (response.errorCode !== Code.none) throw brokerError(what, response.errorCode);
      return response;
    });
  } catch (error) {
    over = true;
    abandon();
    throw error;
  }
}

/**
 * Whether such an answer says that nothing was done: a refusal, or that the coordinator is busy with the last transaction or not
 * ready yet. Others leave open what its log holds.
 */
function leavesNothing(error: WireError, code: number): boolean {
  const codes: readonly number[] = [Code.concurrentTransactions, Code.coordinatorLoadInProgress];
  return codes.includes(code) || (!isRetriable(error) && code !== Code.unknownServerError);
}

/** The gravest of the partitions' errors. */
function throwFirst(what: string, answers: readonly PartitionError[]): void {
  const errors = answers
    .filter(({ errorCode }) => errorCode !== Code.none)
    .map(({ topic, partition, errorCode }) => brokerError(`${what} (${topic}-${partition})`, errorCode));
  const grave = errors.find((error) => !(error instanceof RetriableError));
  const first = grave ?? errors[0];
  if (first !== undefined) throw first;
}

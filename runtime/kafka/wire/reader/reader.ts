/** Reads partitions page by page from given offsets, without a group; memory is bounded, and no offset is ever reset. */
import { CorruptBatchError, UnsupportedCompressionError } from "../../../records/index.js";
import { Alarm } from "../alarm.js";
import type { Cluster } from "../cluster.js";
import { isRetriable } from "../deadline.js";
import { brokerError, Code, type RetriableError } from "../error-codes.js";
import {
  asWireError,
  ClosedError,
  type ConnectionError,
  LogTruncatedError,
  RefusedError,
  UnreadableBatchError,
  WireError,
} from "../errors.js";
import { nameOf, type TopicPartition } from "../protocol/api.js";
import { type FetchedPartition, fetch } from "../protocol/fetch.js";
import { besideTheirTopic } from "./fetch-order.js";
import { FetchRoom } from "./fetch-room.js";
import { News } from "./news.js";
import type { Page, ReaderOptions } from "./options.js";
import { goneError, partitionError, recreatedError } from "./partition-errors.js";
import { PartitionState, type Watermarks } from "./partition-state.js";
import { rangeError } from "./range.js";
import { type DecodingOptions, visibleRecords } from "./visible-records.js";

/** While some partitions of a broker are not asked for, its answer must not take long, for they may be soon. */
const SHORT_WAIT_MS = 20;

let readers = 0;

/** One consumer at a time: pages are given to whoever asks. */
export class Reader {
  readonly #cluster: Cluster;
  readonly #options: Required<Omit<ReaderOptions, keyof DecodingOptions | "channel">> & DecodingOptions;
  readonly #channel: string;
  readonly #ownChannel: boolean;
  /** In the order in which they are fetched. */
  readonly #states = new Map<string, PartitionState>();
  /** With something for the caller, in the order of arrival. */
  readonly #arrived = new Set<PartitionState>();
  readonly #busyNodes = new Set<number>();
  readonly #room: FetchRoom;
  readonly #news = new News();
  readonly #alarm = new Alarm(() => this.#schedule());
  #scheduled = false;
  #lookingUp = false;
  #failure: WireError | null = null;

  constructor(cluster: Cluster, options: ReaderOptions) {
    this.#cluster = cluster;
    const { channel, ...rest } = options;
    this.#options = {
      maxPageBytes: 1024 * 1024,
      maxFetchBytes: 8 * 1024 * 1024,
      maxBufferedBytes: 32 * 1024 * 1024,
      maxWaitMs: 250,
      unknownTopicTimeoutMs: 10_000,
      ...rest,
    };
    this.#room = new FetchRoom(this.#options.maxBufferedBytes, this.#options.maxFetchBytes);
    this.#ownChannel = channel === undefined;
    this.#channel = channel ?? `reader-${++readers}`;
  }

  /** Reads the partition from `offset` on; what was fetched of it before is forgotten. */
  assign({ topic, partition }: TopicPartition, offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError(`an offset cannot be ${offset}`);
    if (this.#failure !== null) throw this.#failure;
    this.unassign({ topic, partition });
    this.#states.set(nameOf({ topic, partition }), new PartitionState({ topic, partition }, offset));
    this.#schedule();
  }

  /** Reads it no longer. */
  unassign(place: TopicPartition): void {
    const state = this.#states.get(nameOf(place));
    if (state === undefined) return;
    this.#states.delete(nameOf(place));
    this.#arrived.delete(state);
    this.#release(state);
    this.#schedule();
  }

  /** Nothing of the partition is given or fetched until `resume`. */
  pause(place: TopicPartition): void {
    this.#state(place).paused = true;
  }

  resume(place: TopicPartition): void {
    const state = this.#state(place);
    state.paused = false;
    if (state.ready) this.#news.tell();
    this.#schedule();
  }

  /** As the last fetch said them; -1 before. */
  watermarks(place: TopicPartition): Watermarks {
    return this.#state(place).watermarks;
  }

  /**
   * The offset before which there is nothing more for this reader than it was given, as an empty answer has said: compaction may
   * leave nothing at the end of a log, and then no page leads there. -1 when the last answer was not empty.
   */
  emptyUpTo(place: TopicPartition): number {
    return this.#state(place).emptyUpTo;
  }

  /** What is fetched and not yet taken. */
  get bufferedBytes(): number {
    return this.#room.heldBytes;
  }

  /**
   * The next page of any partition. Waits as long as it takes.
   * @throws OffsetOutOfRangeError, LogTruncatedError, TopicRecreatedError, UnreadableBatchError, PartitionError for a partition, which is read again only
   * when it is assigned again; the others go on
   * @throws AuthenticationError and others that are not of one partition: nothing more can be read
   * @throws ClosedError after `close`, or when the signal says so
   */
  async next(signal?: AbortSignal): Promise<Page> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (signal?.aborted) throw new ClosedError("reading was stopped");
      for (const state of this.#arrived) {
        if (!state.ready) continue;
        const page = this.#take(state);
        if (page !== null) return page;
      }
      await this.#news.next(signal);
    }
  }

  /** At once. */
  async close(): Promise<void> {
    this.#fail(new ClosedError("the reader was closed"));
    const channels = this.#ownChannel ? [this.#channel, this.#offsetsChannel] : [this.#offsetsChannel];
    await Promise.all(channels.map((channel) => this.#cluster.closeChannel(channel)));
  }

  /** Of its own: a fetch that waits on the other one must not hold up the question where a partition begins and ends. */
  get #offsetsChannel(): string {
    return `${this.#channel}-offsets`;
  }

  #state(place: TopicPartition): PartitionState {
    const state = this.#states.get(nameOf(place));
    if (state === undefined) throw new RangeError(`${nameOf(place)} is not assigned`);
    return state;
  }

  /** Whether it has not been given up, or assigned anew, since. */
  #isCurrent(state: PartitionState): boolean {
    return this.#states.get(nameOf(state)) === state;
  }

  /** Null when it has to be fetched again. */
  #take(state: PartitionState): Page | null {
    this.#arrived.delete(state);
    if (state.fault !== null) throw state.fault;
    const { fetched } = state;
    if (fetched === null) return null;
    this.#release(state);
    const fromOffset = state.position;
    const visible = visibleRecords(fetched, fromOffset, this.#options);
    if (visible.nextOffset === fromOffset) {
      this.#nothingWhole(state, visible.unreadable);
      return null;
    }
    state.position = visible.nextOffset;
    state.emptyUpTo = -1;
    state.lastEpoch = visible.leaderEpoch;
    state.secondTry = false;
    this.#schedule();
    return {
      topic: state.topic,
      partition: state.partition,
      records: visible.records,
      fromOffset,
      nextOffset: visible.nextOffset,
      sizeBytes: fetched.records.length,
      ...state.watermarks,
    };
  }

  /** The first batch is damaged or cut off: it is asked for again, alone, and then comes whole. @throws UnreadableBatchError */
  #nothingWhole(state: PartitionState, unreadable: Error | null): void {
    if (state.secondTry || unreadable instanceof UnsupportedCompressionError) {
      const cause =
        unreadable ?? new CorruptBatchError("truncated", "cut off, though it was asked for", { position: 0 });
      state.fault = new UnreadableBatchError(state, state.position, cause.message, { cause });
      throw state.fault;
    }
    state.secondTry = true;
    this.#schedule();
  }

  #release(state: PartitionState): void {
    if (state.fetched !== null) this.#room.release(state.fetched.records.length);
    state.fetched = null;
  }

  /** Looks, once the current calls are through, what is to be fetched. */
  #schedule(): void {
    if (this.#scheduled || this.#failure !== null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#failure === null) this.#fetchHungry();
    });
  }

  #fetchHungry(): void {
    const now = performance.now();
    const byNode = new Map<number, { readonly state: PartitionState; readonly epoch: number }[]>();
    let unknown = false;
    for (const state of this.#states.values()) {
      if (!state.hungry) continue;
      if (state.notBeforeMs > now) {
        this.#alarm.setTo(state.notBeforeMs);
        continue;
      }
      const leader = this.#cluster.knownLeader(state);
      if (leader === null) {
        unknown = true;
        continue;
      }
      const recreated = recreatedError(state, leader.topicId);
      if (recreated !== null) {
        this.#fault(state, recreated);
        continue;
      }
      const others = byNode.get(leader.nodeId);
      if (others === undefined) byNode.set(leader.nodeId, [{ state, epoch: leader.epoch }]);
      else others.push({ state, epoch: leader.epoch });
    }
    if (unknown) void this.#lookUpLeaders();
    const brokers = new Set([...byNode.keys(), ...this.#busyNodes]).size;
    for (const nodeId of this.#room.inTurn(byNode.keys())) {
      const wanted = byNode.get(nodeId);
      if (wanted === undefined || this.#busyNodes.has(nodeId)) continue;
      if (this.#room.forOne(brokers) === 0) this.#dropPaused();
      const maxBytes = this.#room.forOne(brokers);
      if (maxBytes === 0) break;
      const again = wanted.find(({ state }) => state.secondTry);
      void this.#fetch(nodeId, again === undefined ? wanted : [again], maxBytes);
    }
  }

  /** What was fetched of paused partitions makes room for the others, and is fetched again. */
  #dropPaused(): void {
    for (const state of this.#arrived) {
      if (state.ready) continue;
      this.#arrived.delete(state);
      this.#release(state);
    }
  }

  /** What is asked for counts as buffered until the answer says how much it is. */
  async #fetch(
    nodeId: number,
    wanted: readonly { readonly state: PartitionState; readonly epoch: number }[],
    maxBytes: number,
  ): Promise<void> {
    this.#busyNodes.add(nodeId);
    this.#room.fetchesFrom(nodeId);
    this.#room.hold(maxBytes);
    const ordered = besideTheirTopic(wanted);
    for (const { state } of ordered) state.inFlight = true;
    const { isolation, maxPageBytes, maxWaitMs } = this.#options;
    const everyone = this.#allOf(nodeId, wanted.length);
    const waitMs = everyone ? maxWaitMs : Math.min(SHORT_WAIT_MS, maxWaitMs);
    try {
      const connection = await this.#cluster.connection(nodeId, this.#channel);
      const partitions = ordered.map(({ state, epoch }) => state.request(state.topicId ?? "", epoch, maxPageBytes));
      const request = { isolation, maxWaitMs: waitMs, minBytes: 1, maxBytes, partitions };
      const response = await connection.request(fetch, request, this.#cluster.requestTimeoutMs + waitMs);
      connection.throttle(response.throttleMs);
      if (response.errorCode !== Code.none) throw brokerError(`fetching from broker ${nodeId}`, response.errorCode);
      this.#answered(ordered, response.partitions);
    } catch (error) {
      const failure = asWireError(error);
      const states = ordered.map(({ state }) => state);
      if (isRetriable(failure)) this.#retryLater(states, failure);
      else this.#fail(failure);
    } finally {
      this.#room.release(maxBytes);
      this.#busyNodes.delete(nodeId);
      for (const { state } of ordered) state.inFlight = false;
      this.#schedule();
    }
  }

  #answered(asked: readonly { readonly state: PartitionState }[], answers: readonly FetchedPartition[]): void {
    const byPlace = new Map(answers.map((one) => [`${one.topicId}-${one.partition}`, one]));
    for (const { state } of asked) {
      if (!this.#isCurrent(state)) continue;
      const answer = byPlace.get(`${state.topicId}-${state.partition}`);
      if (answer !== undefined) this.#accept(state, answer);
    }
  }

  #accept(state: PartitionState, answer: FetchedPartition): void {
    const { errorCode: code, diverging } = answer;
    if (code === Code.offsetOutOfRange) {
      void this.#outOfRange(state);
      return;
    }
    if (code !== Code.none) {
      this.#partitionFailed(state, brokerError(`reading ${nameOf(state)}`, code));
      return;
    }
    if (diverging !== null) {
      this.#fault(state, new LogTruncatedError(state, state.position, diverging.endOffset));
      return;
    }
    state.heard(answer, this.#options.isolation);
    if (answer.records.length === 0) {
      return;
    }
    state.fetched = answer;
    this.#room.hold(answer.records.length);
    this.#arrived.add(state);
    // To the end of the line, so that with many partitions no one is left out.
    this.#states.delete(nameOf(state));
    this.#states.set(nameOf(state), state);
    this.#news.tell();
  }

  async #outOfRange(state: PartitionState): Promise<void> {
    state.notBeforeMs = Number.POSITIVE_INFINITY;
    try {
      const error = await rangeError(this.#cluster, state, this.#offsetsChannel);
      if (error !== null) this.#fault(state, error);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
    } finally {
      state.notBeforeMs = performance.now() + state.backoff.nextMs();
      this.#schedule();
    }
  }

  /** @param failure of this partition, and of no other */
  #partitionFailed(state: PartitionState, failure: WireError): void {
    if (isRetriable(failure)) this.#retryLater([state], failure);
    else this.#fault(state, partitionError(state, failure));
  }

  #retryLater(states: readonly PartitionState[], failure: RetriableError | ConnectionError): void {
    if (this.#failure !== null) return;
    const now = performance.now();
    for (const state of states) {
      state.notBeforeMs = now + state.backoff.nextMs();
      const gone = goneError(state, failure, now, this.#options.unknownTopicTimeoutMs);
      if (gone !== null) this.#fault(state, gone);
    }
    void this.#cluster.recover(failure).finally(() => this.#schedule());
  }

  async #lookUpLeaders(): Promise<void> {
    if (this.#lookingUp) return;
    this.#lookingUp = true;
    for (const state of [...this.#states.values()]) {
      if (!state.hungry || state.notBeforeMs > performance.now() || this.#cluster.knownLeader(state) !== null) continue;
      await this.#cluster.leader(state).catch((error) => this.#noLeader(state, asWireError(error)));
    }
    this.#lookingUp = false;
    this.#schedule();
  }

  /** The broker refuses the topic, or nothing can be asked at all. */
  #noLeader(state: PartitionState, failure: WireError): void {
    if (failure instanceof RefusedError || isRetriable(failure)) this.#partitionFailed(state, failure);
    else this.#fail(failure);
  }

  #fault(state: PartitionState, fault: WireError): void {
    if (!this.#isCurrent(state)) return;
    state.fault = fault;
    this.#release(state);
    this.#arrived.add(state);
    this.#news.tell();
  }

  #fail(failure: WireError): void {
    this.#failure ??= failure;
    this.#alarm.clear();
    this.#news.tell();
  }

  /** Whether so many are all that is read of the node. */
  #allOf(nodeId: number, count: number): boolean {
    let all = 0;
    for (const state of this.#states.values())
      if (!state.paused && state.fault === null && this.#cluster.knownLeader(state)?.nodeId === nodeId) all++;
    return all === count;
  }
}

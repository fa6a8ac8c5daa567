/** A running consumer: a member of the group that reads its partitions and takes them through `apply`, from the start to the stop. */
import { setTimeout as delay } from "node:timers/promises";
import {
  type Assignment,
  ClosedError,
  type Cluster,
  Deadline,
  FencedError,
  GroupMembership,
  type Page,
  Reader,
} from "../runtime/kafka/wire/index.js";
import type { ApplyRecords } from "./applier.js";
import { type Beginning, beginningsOf } from "./beginnings.js";
import { aborted, Change } from "./change.js";
import { Committer } from "./committer.js";
import { ConsumerError, StopTimeoutError } from "./errors.js";
import { consumerError } from "./failures.js";
import type { ConsumerState, Progress, RunningConsumer, StopSignal } from "./options.js";
import { PageWork } from "./page-work.js";
import { PartitionRun } from "./partition-run.js";
import type { SkippedRecord } from "./record.js";
import type { RecordDecoder } from "./record-decoder.js";
import type { Settings } from "./settings.js";

export interface ConsumerPorts {
  readonly cluster: Cluster;
  readonly settings: Settings;
  readonly decoder: RecordDecoder;
  readonly apply: ApplyRecords;
  readonly recordsAtOnce: number;
  readonly skipped: (skipped: SkippedRecord) => void;
  readonly progressed: (progress: Progress) => void;
}

const MAX_PAGE_BYTES = 1024 * 1024;
const BEGIN_TIMEOUT_MS = 60_000;
const AGAIN_MS = 100;
const COMMIT_AT_END_MS = 4_000;
const LEAVE_WITHIN_MS = 3_000;

let consumers = 0;

export class AssignmentConsumer {
  readonly #ports: ConsumerPorts;
  readonly #channel = `consumer-${++consumers}`;
  readonly #membership: GroupMembership;
  readonly #reader: Reader;
  readonly #committer: Committer;
  readonly #change = new Change();
  readonly #stopping = new AbortController();
  readonly #runs = new Map<number, PartitionRun>();
  /** Batches at hand, by partition; of partitions that have gone as well. */
  readonly #atHand = new Map<number, Promise<void>>();
  #wanted: Assignment | null = null;
  #applied: Assignment | null = null;
  #lost = false;
  /** Aborted while nothing is to be begun: who owns what is being settled anew, or this is to end. */
  #pausing = new AbortController();
  #started = false;
  #failure: Error | null = null;
  #state: ConsumerState = "rebalancing";
  readonly #work: PageWork;
  #wasAtEnd = false;

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
    const { cluster, settings } = ports;
    const { groupId, topic, sessionTimeoutMs, bounds, connectTimeoutMs } = settings;
    this.#membership = new GroupMembership(
      cluster,
      {
        groupId,
        topics: [topic],
        sessionTimeoutMs,
        joinTimeoutMs: Math.max(connectTimeoutMs, 2 * sessionTimeoutMs),
        leaveTimeoutMs: LEAVE_WITHIN_MS,
      },
      {
        onAssignment: (assignment) => this.#assigned(assignment),
        onJoining: () => this.#giveUpInTime(),
        onLost: (error) => this.#isNoMember(error),
        onFailure: (error) => this.#fail(error),
      },
    );
    this.#work = new PageWork({
      ...ports,
      maxBatchRecords: bounds.maxBatchRecords,
      pausing: () => this.#pausing.signal,
      done: (run, offset) => {
        run.position = offset;
        this.#committer.done(run.partition, offset, run.note);
      },
    });
    this.#pausing.abort();
    const maxFetchBytes = Math.floor(bounds.maxBufferedBytes / 2);
    this.#reader = new Reader(cluster, {
      isolation: "read_committed",
      channel: this.#channel,
      maxBufferedBytes: bounds.maxBufferedBytes,
      maxFetchBytes,
      maxPageBytes: Math.min(MAX_PAGE_BYTES, maxFetchBytes),
    });
    this.#committer = new Committer({
      cluster,
      topic,
      channel: `${this.#channel}-commits`,
      intervalMs: settings.commitIntervalMs,
      member: () => this.#memberOfApplied(),
      failed: (error) => this.#fail(error),
      log: settings.log,
    });
  }

  /** Joins the group. @throws what joining failed with */
  async start(signal: StopSignal | undefined): Promise<RunningConsumer> {
    try {
      await this.#membership.join();
    } catch (error) {
      await this.#close();
      throw error;
    }
    const ended = this.#live();
    const stop = () => {
      this.#stop();
      return ended;
    };
    if (signal?.aborted) this.#stop();
    else signal?.addEventListener("abort", () => this.#stop(), { once: true });
    return { ended, stop, progress: () => this.#progress() };
  }

  async #live(): Promise<void> {
    const timer = setInterval(() => this.#tellProgress(), this.#ports.settings.progressIntervalMs);
    try {
      await this.#loop();
    } catch (error) {
      this.#fail(error);
    }
    await this.#finish();
    clearInterval(timer);
    await this.#close();
    this.#state = this.#failure === null ? "stopped" : "failed";
    this.#tellProgress();
    if (this.#failure !== null) throw this.#failure;
  }

  get #concurrency(): number {
    return this.#ports.settings.bounds.maxConcurrentBatches;
  }

  async #loop(): Promise<void> {
    for (;;) {
      const { signal } = this.#change;
      if (this.#failure !== null) throw this.#failure;
      if (this.#stopping.signal.aborted) return;
      if (this.#lost || this.#wanted !== this.#applied) {
        await this.#applyAssignment();
        continue;
      }
      if (this.#pausing.signal.aborted || this.#atHand.size >= this.#concurrency) {
        await aborted(signal);
        continue;
      }
      const page = await this.#nextPage(signal);
      if (page !== null) this.#take(page);
    }
  }

  /** Null when there is something else to look at. */
  async #nextPage(signal: AbortSignal): Promise<Page | null> {
    try {
      return await this.#reader.next(signal);
    } catch (error) {
      if (error instanceof ClosedError && signal.aborted) return null;
      throw error;
    }
  }

  #take(page: Page): void {
    const run = this.#runs.get(page.partition);
    if (run === undefined) return;
    const place = { topic: this.#ports.settings.topic, partition: run.partition };
    // Alone, it is not asked for another page before this one is done, and the next one may be fetched meanwhile.
    const paused = this.#concurrency > 1;
    if (paused) this.#reader.pause(place);
    const work = this.#work
      .do(run, page)
      .then((whole) => {
        if (run.signal.aborted) return;
        if (!whole) this.#reader.assign(place, run.position);
        else if (paused) this.#reader.resume(place);
        this.#tellWhenAtEnd();
      })
      .catch((error: unknown) => {
        if (!run.signal.aborted) this.#fail(error);
      })
      .finally(() => {
        this.#atHand.delete(run.partition);
        this.#change.tell();
      });
    this.#atHand.set(run.partition, work);
  }

  /** Compared with what runs, so that no partition is left out. */
  async #applyAssignment(): Promise<void> {
    const { wanted, applied } = { wanted: this.#wanted, applied: this.#applied };
    const keep = !this.#lost && applied !== null && wanted !== null && continues(applied, wanted);
    this.#lost = false;
    for (const run of [...this.#runs.values()]) {
      if (!keep || !wanted?.partitions.includes(run.partition)) this.#drop(run);
    }
    this.#applied = wanted;
    if (wanted === null) return;
    const gained = wanted.partitions.filter((partition) => !this.#runs.has(partition));
    if (gained.length === 0) {
      this.#tellProgress();
      return;
    }
    // Brokers that are away are not waited for by a stop.
    const began = this.#begin(gained, wanted);
    await Promise.race([began, aborted(this.#stopping.signal)]);
    began.catch(() => undefined);
  }

  #drop(run: PartitionRun): void {
    run.abort();
    this.#runs.delete(run.partition);
    this.#reader.unassign({ topic: this.#ports.settings.topic, partition: run.partition });
    this.#committer.forget(run.partition);
  }

  /** Leaves off when the group goes on meanwhile, or a stop is asked for. */
  async #begin(partitions: readonly number[], assignment: Assignment): Promise<void> {
    const { cluster, settings } = this.#ports;
    const goesOn = () => this.#wanted === assignment && !this.#stopping.signal.aborted && this.#failure === null;
    // What this consumer still does for them from an earlier time comes first.
    for (;;) {
      const { signal } = this.#change;
      if (!goesOn()) return;
      if (!partitions.some((partition) => this.#atHand.has(partition))) break;
      await aborted(signal);
    }
    const deadline = new Deadline(BEGIN_TIMEOUT_MS);
    const options = { atStart: !this.#started, deadline, channel: `${this.#channel}-offsets` };
    const beginnings = await beginningsOf(cluster, partitions, settings, options);
    await this.#recordRewinds(beginnings, assignment, deadline, goesOn);
    if (!goesOn()) return;
    this.#started = true;
    for (const { partition, offset, note } of beginnings) {
      this.#runs.set(partition, new PartitionRun(partition, offset, note));
      this.#reader.assign({ topic: settings.topic, partition }, offset);
    }
    this.#wasAtEnd = false;
    this.#tellProgress();
  }

  /** Before anything is applied. Fenced, it waits for what the group says next. */
  async #recordRewinds(
    beginnings: readonly Beginning[],
    assignment: Assignment,
    deadline: Deadline,
    goesOn: () => boolean,
  ): Promise<void> {
    const rewound = new Map(
      beginnings.filter((one) => one.rewound).map(({ partition, offset, note }) => [partition, { offset, note }]),
    );
    while (goesOn()) {
      try {
        return await this.#committer.commitNow(rewound, assignment, deadline);
      } catch (error) {
        if (!(error instanceof FencedError) || deadline.passed) throw error;
        await delay(AGAIN_MS);
      }
    }
  }

  #memberOfApplied() {
    const { member } = this.#membership;
    return member !== null && member.generationId === this.#applied?.generationId ? member : null;
  }

  #assigned(assignment: Assignment): void {
    this.#wanted = assignment;
    if (!this.#stopping.signal.aborted && this.#failure === null) this.#pausing = new AbortController();
    if (this.#state === "rebalancing") this.#state = "running";
    this.#change.tell();
  }

  /** The join waits for the batches at hand and their commits, for as long as the session surely lasts. */
  async #giveUpInTime(): Promise<void> {
    this.#pausing.abort();
    if (this.#state === "running") this.#state = "rebalancing";
    this.#change.tell();
    const deadline = new Deadline(this.#ports.settings.giveUpTimeoutMs);
    await Promise.race([Promise.all(this.#atHand.values()), passed(deadline)]);
    await this.#committer.settled(deadline);
  }

  #isNoMember(error: Error): void {
    this.#ports.settings.log("warn", `the group goes on without this member, which joins again: ${error.message}`);
    this.#wanted = null;
    this.#lost = true;
    this.#pausing.abort();
    for (const run of this.#runs.values()) run.abort();
    if (this.#state === "running") this.#state = "rebalancing";
    this.#change.tell();
  }

  #stop(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#state === "running" || this.#state === "rebalancing") this.#state = "stopping";
    this.#stopping.abort();
    this.#pausing.abort();
    this.#change.tell();
  }

  #fail(error: unknown): void {
    this.#failure ??= consumerError(error, this.#ports.settings.topic);
    this.#pausing.abort();
    this.#change.tell();
  }

  /** Batches at hand end, and what they came to is committed: also when one of another partition has failed. */
  async #finish(): Promise<void> {
    const { stopTimeoutMs, topic } = this.#ports.settings;
    await Promise.race([Promise.all(this.#atHand.values()), passed(new Deadline(stopTimeoutMs))]);
    const hanging = [...this.#atHand.keys()].map((partition) => `${topic}-${partition}`);
    if (hanging.length > 0) this.#fail(new StopTimeoutError(stopTimeoutMs, hanging));
    await this.#committer.settled(new Deadline(COMMIT_AT_END_MS));
  }

  /** What still runs of `apply` is told, and not waited for. */
  async #close(): Promise<void> {
    for (const run of this.#runs.values()) run.abort();
    this.#committer.close();
    const left = await this.#membership.leave().catch((error: unknown) => error);
    if (left instanceof Error)
      this.#ports.settings.log("warn", `the group could not be left, it waits for the session's end: ${left.message}`);
    await this.#reader.close();
    await this.#ports.cluster.close();
  }

  #progress(): Progress {
    const { topic } = this.#ports.settings;
    const partitions = [...this.#runs.values()]
      .sort((one, other) => one.partition - other.partition)
      .map((run) => run.progress(this.#reader, topic, this.#committer.committed(run.partition)));
    const lags = partitions.map(({ lag }) => lag);
    const lag = lags.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0);
    return { state: this.#state, partitions, lag, ...this.#work.counts };
  }

  #tellWhenAtEnd(): void {
    const isAtEnd = this.#progress().lag === 0;
    if (isAtEnd && !this.#wasAtEnd) this.#tellProgress();
    this.#wasAtEnd = isAtEnd;
  }

  #tellProgress(): void {
    try {
      this.#ports.progressed(this.#progress());
    } catch (error) {
      this.#fail(new ConsumerError(`onProgress: ${String(error)}`, { cause: error }));
    }
  }
}

/** Whether nobody else can have had the partitions in between: the very next generation, as the same member. */
function continues(before: Assignment, after: Assignment): boolean {
  return after.memberId === before.memberId && after.generationId === before.generationId + 1;
}

async function passed(deadline: Deadline): Promise<void> {
  await delay(Math.max(0, deadline.leftMs), undefined, { ref: false });
}

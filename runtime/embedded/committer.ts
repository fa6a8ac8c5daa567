/**
 * The one writer of a data folder. Requests that arrive while a synced write is under way are gathered, and go to the disk
 * together in the next one: the cost of a sync is shared, and nothing is acknowledged before it is durable.
 */

import type { CrashPoints } from "../crash-points.js";
import type { RecordBatchBuilder } from "../records/index.js";
import { type RocksDb, type StorageError, storageError } from "../rocksdb/index.js";
import type { CheckpointFile } from "./checkpoint-file.js";
import { CommitGroup, recordEncoder } from "./commit-group.js";
import {
  type CommitRequest,
  type Committed,
  type PreparedCommit,
  prepareCommit,
  prepareEdit,
  prepareStateEdit,
  type StateEdit,
} from "./commit-request.js";
import type { Log } from "./log/log.js";
import type { LogEdit, PartitionLog } from "./log/partition-log.js";
import type { TailCache } from "./log/tail-cache.js";
import type { PositionsTable } from "./positions.js";

export interface CommitterSettings {
  /** What may wait, beside the group that is being written; then `commitWhenReady` waits and `commit` refuses. */
  readonly maxQueuedBytes: number;
  readonly maxQueuedRequests: number;
  /** A group takes no further request beyond this. */
  readonly maxGroupBytes: number;
}

export const DEFAULT_COMMITTER: CommitterSettings = {
  maxQueuedBytes: 32 * 1024 * 1024,
  maxQueuedRequests: 10_000,
  maxGroupBytes: 8 * 1024 * 1024,
};

export interface CommitterPorts {
  readonly database: RocksDb;
  readonly checkpointFile: CheckpointFile;
  readonly log: Log;
  readonly cache: TailCache;
  readonly positions: PositionsTable;
  readonly crashPoints: CrashPoints;
  /** Told of each partition with new records, after they are durable and before the commit resolves. */
  readonly onAppended: (topic: string, partition: number, endOffset: number) => void;
}

/** More waits than may: tell the sender to come again. Nothing of the request is kept. */
export class CommitQueueFullError extends Error {
  override readonly name = "CommitQueueFullError";
}

/** The folder is closed, or being closed. */
export class CommitterClosedError extends Error {
  override readonly name = "CommitterClosedError";
}

export type CommitterState = "open" | "closing" | "closed" | "failed";

interface Waiting {
  readonly commit: PreparedCommit;
  resolve(committed: Committed): void;
  reject(error: Error): void;
}

export class Committer {
  private readonly encoder: RecordBatchBuilder = recordEncoder();
  private queue: Waiting[] = [];
  private queuedBytes = 0;
  private writing: Promise<void> | null = null;
  private waitingForRoom: (() => void)[] = [];
  private currentState: CommitterState = "open";
  private failedWith: StorageError | null = null;

  /** @param lastCheckpoint the number of the last one that is durable. */
  constructor(
    private readonly ports: CommitterPorts,
    private readonly settings: CommitterSettings,
    private lastCheckpoint: number,
  ) {}

  get state(): CommitterState {
    return this.currentState;
  }

  /** Why it is `failed`; null otherwise. */
  get failure(): StorageError | null {
    return this.failedWith;
  }

  /** The number of the last durable checkpoint. */
  get checkpoint(): number {
    return this.lastCheckpoint;
  }

  /** Whether `commit` would refuse now. */
  get isFull(): boolean {
    return this.queuedBytes >= this.settings.maxQueuedBytes || this.queue.length >= this.settings.maxQueuedRequests;
  }

  /**
   * Resolves when all of the request is on the disk. When it rejects with a StorageError, it may be there (whole) or not: a start
   * tells. Records keep their order within a request, and requests theirs.
   * @throws CommitQueueFullError, InvalidCommitError, UnknownPartitionError: nothing of it is written
   * @throws CommitterClosedError
   * @throws StorageError: the write failed. All later ones are refused with the same error, as what RocksDB does after a failed
   * write to its log is not to be relied on: close the folder and open it again.
   */
  async commit(request: CommitRequest): Promise<Committed> {
    if (this.isFull) throw new CommitQueueFullError("too much waits to be written");
    return this.enqueue(prepareCommit(request, this.ports.log));
  }

  /**
   * As {@link commit}, but waits while too much waits to be written: in the order of the calls, one into each place that gets free.
   * @throws what commit throws, but CommitQueueFullError
   */
  async commitWhenReady(request: CommitRequest): Promise<Committed> {
    const commit = prepareCommit(request, this.ports.log);
    while (this.isFull && this.currentState === "open") {
      await new Promise<void>((resolve) => this.waitingForRoom.push(resolve));
    }
    // No await in between: of all that were woken together, those who come later see that there is no room any more.
    return this.enqueue(commit);
  }

  /** For the cleaners of the log: their work is bounded by themselves, so it does not wait for room. */
  async edit(edit: LogEdit): Promise<Committed> {
    return this.enqueue(prepareEdit(edit));
  }

  /** For who changes the state as a whole, while no task runs. */
  async editState(edit: StateEdit): Promise<Committed> {
    return this.enqueue(prepareStateEdit(edit));
  }

  /** Writes what waits, then refuses. Does not throw: who waited has been told. */
  async close(): Promise<void> {
    if (this.currentState === "open") this.currentState = "closing";
    await this.writing;
    if (this.currentState === "closing") this.currentState = "closed";
    this.giveRoom();
  }

  private enqueue(commit: PreparedCommit): Promise<Committed> {
    if (this.failedWith !== null) throw this.failedWith;
    if (this.currentState !== "open") throw new CommitterClosedError("the data folder is closed");
    return new Promise((resolve, reject) => {
      this.queue.push({ commit, resolve, reject });
      this.queuedBytes += commit.sizeBytes;
      this.writing ??= this.writeGroups();
    });
  }

  private async writeGroups(): Promise<void> {
    // One turn of the event loop: requests that are made together go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const group = this.takeGroup();
      try {
        await this.writeGroup(group);
      } catch (error) {
        this.fail(storageError(error, this.ports.database.folder), group);
      }
    }
    this.writing = null;
  }

  private takeGroup(): Waiting[] {
    let count = 0;
    let sizeBytes = 0;
    for (const { commit } of this.queue) {
      if (count > 0 && sizeBytes + commit.sizeBytes > this.settings.maxGroupBytes) break;
      count += 1;
      sizeBytes += commit.sizeBytes;
    }
    const group = this.queue.slice(0, count);
    this.queue = this.queue.slice(count);
    this.queuedBytes -= sizeBytes;
    this.giveRoom();
    return group;
  }

  private async writeGroup(waiting: readonly Waiting[]): Promise<void> {
    const { database, checkpointFile, positions, cache, crashPoints } = this.ports;
    const checkpoint = this.lastCheckpoint + 1;
    const group = new CommitGroup(
      checkpoint,
      waiting.map(({ commit }) => commit),
    );
    await database.write((batch) => {
      group.stage(batch, positions, this.encoder);
      crashPoints.hit("commit.before-write");
    });
    crashPoints.hit("commit.after-write");
    await checkpointFile.write(checkpoint);
    crashPoints.hit("commit.after-number");
    this.lastCheckpoint = checkpoint;
    this.tell(group.publish(positions, cache));
    for (const { commit, resolve } of waiting) resolve({ checkpoint, appended: group.appendedBy(commit) });
    // The group is safe in the write-ahead log; what comes after would not become tables any more.
    if (database.backgroundErrors > 0) this.fail(await database.backgroundError(), []);
  }

  private tell(touched: ReadonlySet<PartitionLog>): void {
    for (const { topic, partition, endOffset } of touched) this.ports.onAppended(topic.name, partition, endOffset);
  }

  private fail(error: StorageError, group: readonly Waiting[]): void {
    this.failedWith = error;
    this.currentState = "failed";
    const refused = [...group, ...this.queue];
    this.queue = [];
    this.queuedBytes = 0;
    for (const { reject } of refused) reject(error);
    this.giveRoom();
  }

  private giveRoom(): void {
    if (this.isFull && this.currentState === "open") return;
    const waiting = this.waitingForRoom;
    this.waitingForRoom = [];
    for (const resolve of waiting) resolve();
  }
}

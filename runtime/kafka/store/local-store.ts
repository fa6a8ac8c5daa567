/**
 * What an instance has of its tasks' stores: a copy of the changelogs that is never ahead of them. A crash leaves it a checkpoint
 * behind at most; what does not fit is thrown away and read again, which costs time and nothing else.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { positionsCodec, RowFormatError } from "../../../schemas/row.js";
import type { Positions } from "../../../schemas/types.js";
import {
  CorruptStoreError,
  checkWriteAheadLogs,
  endOf,
  parseScopedKey,
  RocksDb,
  scopedKey,
  type WriteBatch,
} from "../../rocksdb/index.js";
import { decodeChecked, encodeChecked } from "../../stores/checked-json.js";
import { type ChangedRow, positionsKey, RowStore, rowPrefix, stageChanged } from "../../stores/index.js";
import { checkWriteNumbers, lastWriteNumber, putWriteNumber } from "../../stores/write-numbers.js";
import type { EngineLog } from "../engine-options.js";

export interface LocalStoreOptions {
  /** A folder of its own. */
  readonly folder: string;
  readonly clusterId: string;
  readonly applicationId: string;
  readonly cacheBytes: number;
  readonly log: EngineLog;
}

/** Up to where a changelog has been copied. */
export interface ChangelogMark {
  readonly topicId: string;
  /** The offset after the last record. */
  readonly offset: number;
}

/** A task's place in the local store. */
export interface StoredTask {
  readonly mark: ChangelogMark;
  /** As of the last checkpoint up to there; null when there was none. */
  readonly positions: Positions | null;
}

export interface TaskWrite {
  readonly subTopology: string;
  readonly partition: number;
  readonly store: string;
  /** The last row of each key. */
  readonly rows: readonly ChangedRow[];
  /** Absent: they stay as they are. */
  readonly positions?: Positions;
  readonly mark: ChangelogMark;
}

const FORMAT = 1;
const IDENTITY_KEY = Buffer.of(0x01);
const MARK = 0x31;
const MARKS_RANGE = { from: Buffer.of(MARK), to: Buffer.of(MARK + 1) } as const;
/** Tasks of one instance: far more than partitions that one topic may have here. */
const MAX_TASKS = 100_000;
const ROWS_PER_DELETE = 10_000;
const WRITE_BUFFER_BYTES = 64 * 1024 * 1024;

const identityForm = z.object({ format: z.literal(FORMAT), clusterId: z.string(), applicationId: z.string() });
const markForm = z.object({ topicId: z.string(), offset: z.int().nonnegative() });

export class LocalStore {
  private readonly tasks = new Map<string, StoredTask>();
  /** Writes go one after the other; each caller waits for its own. */
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly database: RocksDb,
    private lastNumber: number,
  ) {}

  /**
   * Opens the store; one that is damaged, or belongs to another cluster or application, is thrown away, and the log says so.
   * @throws StorageError, but for damage
   */
  static async open(options: LocalStoreOptions): Promise<LocalStore> {
    const { folder, log } = options;
    try {
      return await LocalStore.openKept(options);
    } catch (error) {
      if (!(error instanceof CorruptStoreError || error instanceof OtherStoreError)) throw error;
      log("warn", "the local store is thrown away, its tasks will be restored from their changelogs", {
        folder,
        because: error instanceof CorruptStoreError ? error.what : error.message,
      });
      await rm(folder, { recursive: true, force: true });
      return LocalStore.openKept(options);
    }
  }

  private static async openKept(options: LocalStoreOptions): Promise<LocalStore> {
    const { folder, cacheBytes, clusterId, applicationId } = options;
    const file = join(folder, "db");
    const { batches } = await checkWriteAheadLogs(file);
    const database = await RocksDb.open(file, {
      cacheBytes,
      writeBufferBytes: WRITE_BUFFER_BYTES,
      createIfMissing: true,
    });
    try {
      await checkIdentity(database, folder, { clusterId, applicationId });
      const last = (await lastWriteNumber(database)) ?? 0;
      await checkWriteNumbers(database, last, folder, batches);
      const store = new LocalStore(database, last);
      await store.readTasks();
      return store;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Null when nothing of the task is here. */
  task(subTopology: string, partition: number): StoredTask | null {
    return this.tasks.get(taskId(subTopology, partition)) ?? null;
  }

  /** By partition: up to where the changelog is here. */
  marksOf(subTopology: string): ReadonlyMap<number, number> {
    const marks = new Map<number, number>();
    for (const [id, { mark }] of this.tasks) {
      const at = id.lastIndexOf("/");
      if (id.slice(0, at) === subTopology) marks.set(Number(id.slice(at + 1)), mark.offset);
    }
    return marks;
  }

  rows(store: string, partition: number): RowStore {
    return new RowStore(this.database, store, partition);
  }

  /** All of it in one write batch. @throws StorageError */
  async write(writes: readonly TaskWrite[]): Promise<void> {
    await this.queued((batch) => {
      for (const write of writes) stage(batch, write);
    });
    for (const { subTopology, partition, mark, positions } of writes) {
      const before = this.task(subTopology, partition);
      this.tasks.set(taskId(subTopology, partition), { mark, positions: positions ?? before?.positions ?? null });
    }
  }

  /** Removes everything of a task. What a crash leaves of it has no mark, and is removed when the task is restored. */
  async forget(subTopology: string, partition: number, store: string): Promise<void> {
    this.tasks.delete(taskId(subTopology, partition));
    await this.queued((batch) => {
      batch.delete(scopedKey(MARK, subTopology, partition));
      batch.delete(positionsKey(subTopology, partition));
    });
    const from = rowPrefix(store, partition);
    for (;;) {
      const page = await this.database.range({ from, to: endOf(from), maxEntries: ROWS_PER_DELETE });
      if (page.length === 0) return;
      await this.queued((batch) => {
        for (const { key } of page) batch.delete(key);
      });
    }
  }

  /** Waits for the write under way. */
  async close(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.database.close();
  }

  private queued(fill: (batch: WriteBatch) => void): Promise<void> {
    const written = this.writing.catch(() => undefined).then(() => this.writeNow(fill));
    this.writing = written;
    // Whoever called looks at it; who comes next only waits for it.
    written.catch(() => undefined);
    return written;
  }

  /** Not synced: what a power failure takes is in the changelog. */
  private async writeNow(fill: (batch: WriteBatch) => void): Promise<void> {
    await this.database.write((batch) => {
      fill(batch);
      putWriteNumber(batch, this.lastNumber + 1);
    }, false);
    this.lastNumber += 1;
    if (this.database.backgroundErrors > 0) throw await this.database.backgroundError();
  }

  private async readTasks(): Promise<void> {
    const marks = await this.database.range({ ...MARKS_RANGE, maxEntries: MAX_TASKS });
    for (const { key, value } of marks) {
      const { name, partition } = parseScopedKey(key);
      const mark = decodeChecked(value, markForm);
      if (mark === null) throw this.damaged(`the mark of task ${name}-${partition}`);
      const positions = await this.database.get(positionsKey(name, partition));
      this.tasks.set(taskId(name, partition), {
        mark,
        positions: positions === undefined ? null : this.decodePositions(positions, name, partition),
      });
    }
  }

  private decodePositions(bytes: Buffer, subTopology: string, partition: number): Positions {
    try {
      return positionsCodec.decode(bytes);
    } catch (error) {
      if (error instanceof RowFormatError) throw this.damaged(`the positions of task ${subTopology}-${partition}`);
      throw error;
    }
  }

  private damaged(what: string): CorruptStoreError {
    return new CorruptStoreError(this.database.folder, `${what}: not what was written`);
  }
}

function stage(batch: WriteBatch, { subTopology, partition, store, rows, positions, mark }: TaskWrite): void {
  const prefix = rowPrefix(store, partition);
  stageChanged(batch, prefix, rows);
  if (positions !== undefined) batch.put(positionsKey(subTopology, partition), positionsCodec.encode(positions));
  batch.put(scopedKey(MARK, subTopology, partition), encodeChecked(mark));
}

/** The store is not this application's, or not of this cluster: of no more use than a damaged one. */
class OtherStoreError extends Error {}

/** A new store gets one. @throws CorruptStoreError, OtherStoreError */
async function checkIdentity(
  database: RocksDb,
  folder: string,
  wanted: { readonly clusterId: string; readonly applicationId: string },
): Promise<void> {
  const bytes = await database.get(IDENTITY_KEY);
  if (bytes === undefined) {
    await database.write((batch) => batch.put(IDENTITY_KEY, encodeChecked({ format: FORMAT, ...wanted })));
    return;
  }
  const identity = decodeChecked(bytes, identityForm);
  if (identity === null) throw new CorruptStoreError(folder, "the record that says whose data it is does not fit");
  for (const field of ["clusterId", "applicationId"] as const) {
    if (identity[field] === wanted[field]) continue;
    const what = field === "clusterId" ? "cluster" : "application";
    throw new OtherStoreError(`it belongs to the ${what} ${identity[field]}, not to ${wanted[field]}`);
  }
}

function taskId(subTopology: string, partition: number): string {
  return `${subTopology}/${partition}`;
}

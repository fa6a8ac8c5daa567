/** A data folder of the embedded engine, opened: one RocksDB with log, rows and positions, and its one writer. */
import type { Positions } from "../../schemas/types.js";
import { type CrashPoints, noCrashPoints } from "../crash-points.js";
import type { StateReading } from "../live/index.js";
import type { RocksDb } from "../rocksdb/index.js";
import { RowStore } from "../stores/row-store.js";
import { Committer, type CommitterSettings, DEFAULT_COMMITTER } from "./committer.js";
import type { FolderOwner } from "./identity.js";
import { Log } from "./log/log.js";
import { Maintenance } from "./log/maintenance.js";
import { TailCache } from "./log/tail-cache.js";
import { type CompactionSettings, DEFAULT_COMPACTION, type TopicSettings } from "./log/topic-settings.js";
import { OpenedResources, openDatabase } from "./open-database.js";
import { PositionsTable } from "./positions.js";
import { readState } from "./read-state.js";
import { finishReset, type ResetPorts, type ResetProgress, resetState } from "./reset.js";

export interface StorageOptions extends FolderOwner {
  readonly topics: readonly TopicSettings[];
  /** RocksDB's block cache. */
  readonly cacheBytes: number;
  /** The newest batches of all topics, kept in memory for their readers. Default: 32 MiB. */
  readonly tailCacheBytes?: number;
  /** What gathers before RocksDB makes a file of it; two at most. A start after a crash replays that much. Default: 32 MiB. */
  readonly writeBufferBytes?: number;
  readonly committer?: Partial<CommitterSettings>;
  readonly compaction?: Partial<CompactionSettings>;
  /** Told of each partition that has got records, after they are durable. It must not throw. */
  readonly onAppended?: (topic: string, partition: number, endOffset: number) => void;
  readonly crashPoints?: CrashPoints;
  /** The wall clock, epoch ms: for retention. Default: Date.now. */
  readonly now?: () => number;
}

const DEFAULT_TAIL_CACHE_BYTES = 32 * 1024 * 1024;
const DEFAULT_WRITE_BUFFER_BYTES = 32 * 1024 * 1024;

interface Parts {
  readonly folder: string;
  readonly folderId: string;
  readonly database: RocksDb;
  readonly log: Log;
  readonly committer: Committer;
  readonly maintenance: Maintenance;
  readonly positions: PositionsTable;
  readonly resources: OpenedResources;
  readonly reset: ResetPorts;
}

export class EmbeddedStorage {
  /** Its real path. */
  readonly folder: string;
  /** A UUID, made with the folder. */
  readonly folderId: string;
  readonly log: Log;
  readonly committer: Committer;
  /** Retention and compaction; not started. */
  readonly maintenance: Maintenance;
  private closing: Promise<void> | null = null;

  private constructor(private readonly parts: Parts) {
    this.folder = parts.folder;
    this.folderId = parts.folderId;
    this.log = parts.log;
    this.committer = parts.committer;
    this.maintenance = parts.maintenance;
  }

  /**
   * Opens a data folder, and makes it when there is none. A reset that was interrupted is finished first.
   * @throws FolderInUseError, FolderIdentityError, DiskFullError, FolderNotWritableError, CorruptStoreError, other StorageError
   */
  static async open(path: string, options: StorageOptions): Promise<EmbeddedStorage> {
    const resources = new OpenedResources();
    try {
      return new EmbeddedStorage(await openParts(path, options, resources));
    } catch (error) {
      // Closing what was half open may fail for the same reason, and worse: the first error says what to do.
      await resources.close().catch(() => undefined);
      throw error;
    }
  }

  /** The rows of one partition of a store. */
  store(name: string, partition: number): RowStore {
    return new RowStore(this.parts.database, name, partition);
  }

  /** Where a task stands, as of its last durable checkpoint; null when it has had none. */
  positions(subTopology: string, partition: number): Positions | null {
    return this.parts.positions.get(subTopology, partition);
  }

  /**
   * The rows of a task in pages, and at the end its positions: all of the checkpoint that is the last one when the reading begins,
   * whatever is written meanwhile. The files that hold them are kept until it ends.
   * @throws StorageError
   */
  stateOf(subTopology: string, partition: number, store: string): StateReading {
    return readState(this.parts.database, { subTopology, partition, store });
  }

  /** The tasks that have had a checkpoint. */
  get tasks(): readonly { readonly subTopology: string; readonly partition: number }[] {
    return this.parts.positions.tasks;
  }

  /**
   * Removes all rows and positions, while no task runs. The topics stay as they are.
   * @returns how many rows there were. @throws StorageError: the next open finishes it
   */
  reset(progress: ResetProgress): Promise<number> {
    return resetState(this.parts.reset, progress);
  }

  /** Writes what waits, then closes the files and gives the folder up. May be called again. @throws StorageError */
  close(): Promise<void> {
    this.closing ??= this.parts.resources.close();
    return this.closing;
  }
}

async function openParts(path: string, options: StorageOptions, resources: OpenedResources): Promise<Parts> {
  const {
    cacheBytes,
    writeBufferBytes = DEFAULT_WRITE_BUFFER_BYTES,
    crashPoints = noCrashPoints,
    now = Date.now,
    onAppended = () => {},
  } = options;
  const opened = await openDatabase(path, options, { cacheBytes, writeBufferBytes }, crashPoints, resources);
  const { folder, folderId, database, checkpointFile, lastCheckpoint } = opened;
  const cache = new TailCache(options.tailCacheBytes ?? DEFAULT_TAIL_CACHE_BYTES);
  const log = await Log.open(database, options.topics, cache);
  const positions = await PositionsTable.open(database);
  const committer = new Committer(
    { database, checkpointFile, log, cache, positions, crashPoints, onAppended },
    { ...DEFAULT_COMMITTER, ...options.committer },
    lastCheckpoint,
  );
  const cleaning = { database, committer, positions, crashPoints, now };
  const maintenance = new Maintenance(cleaning, log.partitionLogs, { ...DEFAULT_COMPACTION, ...options.compaction });
  resources.add(() => maintenance.stop());
  // Closed first: from then on it takes nothing more, from maintenance neither.
  resources.add(() => committer.close());
  const reset = { database, committer, crashPoints };
  await finishReset(reset);
  return { folder, folderId, database, log, committer, maintenance, positions, resources, reset };
}

/** RocksDB behind promises and typed errors: multi-get, synced write batches, bounded range scans. */
import { mkdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import rocksdb, { type Database, type Iterator } from "rocksdb";
import { DiskFullError, type StorageError, StorageIoError, storageError } from "./errors.js";
import { type Entry, promised, readPage } from "./iterating.js";
import { RangeSnapshot } from "./range-snapshot.js";
import { checkTableStructures } from "./table-check.js";
import { VerifiedTables } from "./verified-tables.js";
import { WriteBatch } from "./write-batch.js";

export interface RocksDbOptions {
  /** Uncompressed blocks kept in memory. */
  readonly cacheBytes: number;
  /** What gathers in memory before it becomes a file; there are two at most. It bounds what a start after a crash reads. */
  readonly writeBufferBytes: number;
  /** False: a missing database is an error (CorruptStoreError) and not a new one. */
  readonly createIfMissing: boolean;
}

export interface RangeOptions {
  /** The first key. */
  readonly from: Buffer;
  /** The key after the last. */
  readonly to: Buffer;
  /** From the last key down to the first. */
  readonly reverse?: boolean;
  readonly maxEntries: number;
  /** The page ends with the entry that reaches it. Default: no bound but `maxEntries`. */
  readonly maxBytes?: number;
}

/** 1 GiB: RocksDB takes 32 bits. */
const MAX_OPTION_BYTES = 2 ** 30;
/** So many files stay open, each with its index and filter in memory. */
const MAX_OPEN_FILES = 1_000;
/** With less a disk is full: a table that is being written takes more. */
const SMALLEST_ROOM_BYTES = 1024 * 1024;
const MAX_READ_AHEAD_BYTES = 1024 * 1024;
const SMALL_READ_AHEAD_BYTES = 16 * 1024;
const SNAPSHOT_READ_AHEAD_BYTES = 256 * 1024;

export class RocksDb {
  private readonly batch: WriteBatch;
  private readonly tables: VerifiedTables;
  private readonly reads = new Set<Promise<unknown>>();
  private readonly snapshots = new Set<RangeSnapshot>();
  private writing = false;
  private closing: Promise<void> | null = null;

  private constructor(
    readonly folder: string,
    private readonly database: Database,
  ) {
    this.batch = new WriteBatch(database.batch());
    this.tables = new VerifiedTables(folder, database);
  }

  /**
   * Checks first what RocksDB would read without verifying it: see {@link checkTableStructures}. The entries of the tables are
   * verified when they are read.
   * @throws StorageError: StoreLockedError when it is open already, else by recovery.
   */
  static async open(folder: string, options: RocksDbOptions): Promise<RocksDb> {
    try {
      if (options.createIfMissing) await mkdir(folder, { recursive: true });
      await checkTableStructures(folder);
      const database = rocksdb(folder);
      await promised<void>((done) =>
        database.open(
          {
            createIfMissing: options.createIfMissing,
            cacheSize: optionBytes(options.cacheBytes),
            writeBufferSize: optionBytes(options.writeBufferBytes),
            maxOpenFiles: MAX_OPEN_FILES,
            // Errors of background work are told nowhere else: see `backgroundError`.
            infoLogLevel: "error",
          },
          done,
        ),
      );
      return new RocksDb(folder, database);
    } catch (error) {
      throw storageError(error, folder);
    }
  }

  /** Removes a database that nobody has open. */
  static async destroy(folder: string): Promise<void> {
    try {
      await promised<void>((done) => rocksdb.destroy(folder, done));
    } catch (error) {
      throw storageError(error, folder);
    }
  }

  /** The values in the order of the keys, all from one snapshot; undefined where there is none. Checksums are verified. */
  async getMany(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]> {
    this.checkOpen();
    return this.values(keys);
  }

  async get(key: Buffer): Promise<Buffer | undefined> {
    const [value] = await this.getMany([key]);
    return value;
  }

  /**
   * Writes what `fill` puts into the batch: all of it or nothing. One write at a time; `fill` is called at once and must not keep
   * the batch.
   * @param sync whether it is on the disk (fdatasync) when the promise resolves. Otherwise it outlives the process, but the machine
   * may lose it, and all that was written after it.
   * @returns the bytes written, about
   */
  async write(fill: (batch: WriteBatch) => void, sync = true): Promise<number> {
    this.checkOpen();
    if (this.writing) throw new Error("a write is under way: there is one writer");
    this.writing = true;
    try {
      fill(this.batch);
      const { sizeBytes } = this.batch;
      await this.call<void>((done) => this.batch.native._write({ sync }, done));
      return sizeBytes;
    } finally {
      this.batch.clear();
      this.writing = false;
    }
  }

  /**
   * A page of a range, from one snapshot. The binding's iterators do not verify the checksums of blocks. So each table is verified
   * once before the first one reads of it, and what is damaged after that is not noticed here: only for values that carry their
   * own checksums. Blocks read here are never put into the block cache, where `getMany` would trust them.
   * @throws CorruptStoreError naming the table
   */
  async unverifiedRange(options: RangeOptions): Promise<readonly Entry[]> {
    return this.read(() => this.scan(options, true));
  }

  /**
   * A page of a range whose values are read again by `getMany`, which verifies the checksums of the blocks they are in.
   * @throws CorruptStoreError
   */
  async range(options: RangeOptions): Promise<readonly Entry[]> {
    return this.read(() => this.verifiedPage(options));
  }

  /**
   * A range as it is now, to be read at leisure whatever is written meanwhile; it keeps the files that hold it until it is ended.
   * Verified as {@link unverifiedRange} does.
   * @param from the first key, @param to the key after the last
   */
  snapshot(from: Buffer, to: Buffer): RangeSnapshot {
    this.checkOpen();
    const options = { gte: from, lt: to, fillCache: false, highWaterMark: SNAPSHOT_READ_AHEAD_BYTES };
    const { iterator, tables } = this.tables.pin(() => this.database.iterator(options));
    const snapshot = new RangeSnapshot(iterator, {
      verify: (first, end) => this.tables.verify(tables, first, end),
      read: (start) => this.read(start),
      failed: (error) => storageError(error, this.folder),
      ended: () => this.snapshots.delete(snapshot),
    });
    this.snapshots.add(snapshot);
    return snapshot;
  }

  /** What a range takes on the disk, about and without what is still in memory. Bytes. */
  async approximateSize(from: Buffer, to: Buffer): Promise<number> {
    this.checkOpen();
    const size = await this.call<number>((done) => this.database.approximateSize(from, to, done));
    return size ?? 0;
  }

  /**
   * Flushes and merges in the background fail silently here: the binding opens with `paranoid_checks=false`, under which RocksDB
   * only counts such failures and tries again, until writes hang. So the writer asks after each write.
   */
  get backgroundErrors(): number {
    this.checkOpen();
    return Number(this.database.getProperty("rocksdb.background-errors"));
  }

  /** The error that background work failed with, as RocksDB logged it. */
  async backgroundError(): Promise<StorageError> {
    const file = join(this.folder, "LOG");
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      return storageError(error, this.folder);
    }
    const line = text.split("\n").findLast((one) => /(Corruption|IO error)[:\s]/.test(one));
    const message = /(?:Corruption|IO error).*/.exec(line ?? "")?.[0];
    if (message !== undefined) return storageError(new Error(message), this.folder);
    // On a full disk there was no room for the line in the log either.
    if (await isDiskFull(this.folder)) return new DiskFullError(this.folder);
    return new StorageIoError(this.folder, `background work failed, see ${file}`);
  }

  /** Waits for reads and the write under way. May be called again. */
  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    // The binding would end iterators that are in use, and never call back who ends them.
    await Promise.allSettled(this.reads);
    await Promise.all([...this.snapshots].map((snapshot) => snapshot.end()));
    await this.call<void>((done) => this.database.close(done));
  }

  /** Holds closing back until it has ended. */
  private async read<T>(start: () => Promise<T>): Promise<T> {
    this.checkOpen();
    const read = start();
    this.reads.add(read);
    try {
      return await read;
    } finally {
      this.reads.delete(read);
    }
  }

  private async values(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]> {
    if (keys.length === 0) return [];
    const values = await this.call<(Buffer | undefined)[]>((done) =>
      this.database.getMany(keys, { asBuffer: true }, done),
    );
    // The binding gives null where there is nothing.
    return (values ?? []).map((value) => value ?? undefined);
  }

  private async verifiedPage(options: RangeOptions): Promise<readonly Entry[]> {
    const keys = (await this.scan(options, false)).map(({ key }) => key);
    const values = await this.values(keys);
    const entries: Entry[] = [];
    let sizeBytes = 0;
    for (const [index, key] of keys.entries()) {
      const value = values[index];
      // Removed since.
      if (value === undefined) continue;
      entries.push({ key, value });
      sizeBytes += key.length + value.length;
      if (sizeBytes >= (options.maxBytes ?? Number.POSITIVE_INFINITY)) break;
    }
    return entries;
  }

  private async scan(options: RangeOptions, values: boolean): Promise<readonly Entry[]> {
    const { from, to } = options;
    const maxBytes = values ? (options.maxBytes ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const { iterator, tables } = this.tables.pin(() => this.iterator(options, values));
    try {
      await this.tables.verify(tables, from, to);
      return (await this.call<Entry[]>((done) => readPage(iterator, maxBytes, done))) ?? [];
    } finally {
      await this.call<void>((done) => iterator.end(done));
    }
  }

  private iterator({ from, to, reverse = false, maxEntries, maxBytes }: RangeOptions, values: boolean): Iterator {
    const readAhead = Math.min(maxBytes ?? Number.POSITIVE_INFINITY, MAX_READ_AHEAD_BYTES);
    return this.database.iterator({
      gte: from,
      lt: to,
      reverse,
      limit: maxEntries,
      values,
      fillCache: false,
      highWaterMark: maxEntries <= 2 ? SMALL_READ_AHEAD_BYTES : readAhead,
    });
  }

  private async call<T>(start: (done: (error?: Error | null, value?: T) => void) => void): Promise<T | undefined> {
    try {
      return await promised(start);
    } catch (error) {
      throw storageError(error, this.folder);
    }
  }

  /** The binding crashes the process when a closed database is used. */
  private checkOpen(): void {
    if (this.closing !== null) throw new Error(`the database in ${this.folder} is closed`);
  }
}

/** Whether there is no room for another file. */
async function isDiskFull(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize < SMALLEST_ROOM_BYTES;
  } catch {
    // It only names an error better that is told in any case.
    return false;
  }
}

function optionBytes(bytes: number): number {
  return Math.min(Math.max(0, Math.floor(bytes)), MAX_OPTION_BYTES);
}

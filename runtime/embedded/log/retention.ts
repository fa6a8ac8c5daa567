/** Removes the oldest batches of topics with cleanup "delete": too old, or more than the partition may hold. */

import type { CrashPoints } from "../../crash-points.js";
import type { RocksDb } from "../../rocksdb/index.js";
import { endOf, readInt64 } from "../../rocksdb/index.js";
import type { Committer } from "../committer.js";
import type { PositionsTable } from "../positions.js";
import type { LogEdit, PartitionLog } from "./partition-log.js";
import { readStored, type StoredBatch } from "./stored-batches.js";

export interface CleanerPorts {
  readonly database: RocksDb;
  readonly committer: Committer;
  readonly positions: PositionsTable;
  readonly crashPoints: CrashPoints;
  /** The wall clock, epoch ms: records' timestamps are compared with it. */
  readonly now: () => number;
}

/** What a step reads at most (and one batch). */
const STEP_BYTES = 1024 * 1024;
const TIME_ENTRIES_PER_STEP = 1_000;

export class Retention {
  /** The batch that goes next, so that it is not read again before its time. */
  private oldest: StoredBatch | null = null;

  constructor(
    private readonly ports: CleanerPorts,
    readonly log: PartitionLog,
  ) {}

  /** A bounded piece of work. @returns whether anything was removed. @throws StorageError */
  async step(): Promise<boolean> {
    const { log } = this;
    const limit = this.passedByReaders();
    const { startOffset } = log;
    if (startOffset >= limit) return false;
    if (this.oldest?.baseOffset === startOffset && !this.mayGo(this.oldest, 0, limit)) return false;
    const batches = await readStored(this.ports.database, log, startOffset, STEP_BYTES);
    const removed: StoredBatch[] = [];
    let freedBytes = 0;
    for (const batch of batches) {
      if (!this.mayGo(batch, freedBytes, limit)) {
        this.oldest = batch;
        break;
      }
      removed.push(batch);
      freedBytes += batch.bytes.length;
    }
    const last = removed.at(-1);
    if (last === undefined) return false;
    await this.remove(removed, last.nextOffset, freedBytes);
    return true;
  }

  private mayGo(batch: StoredBatch, freedBytes: number, limit: number): boolean {
    const { retentionMs, retentionBytes } = this.log.topic;
    if (batch.nextOffset > limit) return false;
    const maxTimestamp = batch.header?.maxTimestamp ?? -1;
    // Records without a timestamp have no age.
    const isOld = retentionMs != null && maxTimestamp >= 0 && maxTimestamp < this.ports.now() - retentionMs;
    if (isOld) return true;
    const leftBytes = this.log.meta.sizeBytes - freedBytes - batch.bytes.length;
    return retentionBytes != null && leftBytes >= retentionBytes;
  }

  /** The offset that all readers have passed. */
  private passedByReaders(): number {
    const { topic, partition, endOffset } = this.log;
    const passed = (topic.readers ?? []).map((reader) => {
      const positions = this.ports.positions.get(reader, partition)?.positions ?? [];
      return positions.find((one) => one.topic === topic.name && one.partition === partition)?.offset ?? 0;
    });
    return Math.min(endOffset, ...passed);
  }

  private async remove(removed: readonly StoredBatch[], startOffset: number, freedBytes: number): Promise<void> {
    const { committer, crashPoints } = this.ports;
    const timeEntries = await this.timeEntriesBefore(startOffset);
    const keys = [...removed.map(({ baseOffset }) => this.log.batchKey(baseOffset)), ...timeEntries];
    const edit: LogEdit = {
      log: this.log,
      sizeBytes: keys.reduce((sum, key) => sum + key.length, 0),
      apply(meta, batch) {
        for (const key of keys) batch.delete(key);
        return { ...meta, startOffset, sizeBytes: meta.sizeBytes - freedBytes };
      },
    };
    crashPoints.hit("retention.before-write");
    await committer.edit(edit);
    crashPoints.hit("retention.after-write");
  }

  /** Time index entries that no search will begin at any more: the next one is removed too, or is the first that stays. */
  private async timeEntriesBefore(startOffset: number): Promise<Buffer[]> {
    const { timePrefix } = this.log;
    const entries = await this.ports.database.range({
      from: timePrefix,
      to: endOf(timePrefix),
      maxEntries: TIME_ENTRIES_PER_STEP,
    });
    const keys: Buffer[] = [];
    for (const [index, { key }] of entries.entries()) {
      const next = entries[index + 1];
      if (next === undefined || readInt64(next.value, 0) > startOffset) break;
      keys.push(key);
    }
    return keys;
  }
}

/**
 * Compaction of topics with cleanup "compact": the last record of each key stays, with its offset and timestamp.
 *
 * As Kafka's log cleaner does it, in passes: read what is new into a map from key to last offset, until the map is full; then go
 * over the log from its beginning up to there, and rewrite the batches without the records that a later one replaces. A pass that
 * a crash ends is begun anew: a batch is replaced by a shorter one in one atomic write, and that is right at any time.
 */
import { type DecodedRecord, RecordBatchError, retainRecords } from "../../records/index.js";
import { CorruptStoreError } from "../../rocksdb/index.js";
import { encodeGap } from "./gap.js";
import type { LogEdit, PartitionLog } from "./partition-log.js";
import type { PartitionMeta } from "./partition-meta.js";
import type { CleanerPorts } from "./retention.js";
import { decodeRecords, readStored, type StoredBatch } from "./stored-batches.js";
import type { CompactionSettings } from "./topic-settings.js";

/** What a step reads at most (and one batch). */
const STEP_BYTES = 1024 * 1024;
/** What a map entry takes beside its key, about. */
const KEY_OVERHEAD_BYTES = 96;

export class Compaction {
  private pass: Pass | null = null;

  constructor(
    private readonly ports: CleanerPorts,
    readonly log: PartitionLog,
    private readonly settings: CompactionSettings,
  ) {}

  /** A bounded piece of work. @returns whether there was any. @throws StorageError */
  async step(): Promise<boolean> {
    if (this.pass === null && !this.isDue()) return false;
    this.pass ??= new Pass(this.ports, this.log, this.settings);
    if (await this.pass.step()) this.pass = null;
    return true;
  }

  /** How many keys the pass at hand keeps in memory. */
  get keysInMemory(): number {
    return this.pass?.keysInMemory ?? 0;
  }

  private isDue(): boolean {
    const { meta } = this.log;
    const dirtyBytes = meta.sizeBytes - meta.cleanBytes;
    const isDirty = meta.cleanOffset < meta.nextOffset && dirtyBytes >= meta.sizeBytes * this.settings.minDirtyRatio;
    return isDirty || tombstonesAreDue(meta, this.settings, this.ports.now());
  }
}

/** Batches that have been emptied and follow each other: stored as one gap. */
interface GapRun {
  readonly baseOffset: number;
  nextOffset: number;
  isChanged: boolean;
}

interface Changes {
  readonly puts: (readonly [key: Buffer, value: Buffer])[];
  readonly deletes: Buffer[];
  sizeDelta: number;
}

class Pass {
  private readonly lastOffsets = new Map<string, number>();
  private readonly expiredTombstones: number;
  private keyBytes = 0;
  /** Up to here the map reaches; null while it is being filled. */
  private mapEnd: number | null = null;
  private readonly dirtyEnd: number;
  private cursor: number;
  private run: GapRun | null = null;
  private cleanBytes = 0;

  constructor(
    private readonly ports: CleanerPorts,
    private readonly log: PartitionLog,
    private readonly settings: CompactionSettings,
  ) {
    const { meta } = log;
    this.dirtyEnd = meta.nextOffset;
    this.cursor = Math.max(meta.cleanOffset, log.startOffset);
    const isDue = tombstonesAreDue(meta, settings, ports.now());
    this.expiredTombstones = isDue ? (meta.agingTombstones?.offset ?? 0) : meta.expiredTombstones;
  }

  get keysInMemory(): number {
    return this.lastOffsets.size;
  }

  /** @returns whether the pass is through. */
  async step(): Promise<boolean> {
    if (this.mapEnd === null) {
      await this.readKeys();
      return false;
    }
    if (this.cursor < this.mapEnd) {
      await this.rewrite(this.mapEnd);
      return false;
    }
    await this.finish(this.mapEnd);
    return true;
  }

  private async readKeys(): Promise<void> {
    const { database } = this.ports;
    for (const batch of await this.readFrom(this.cursor, this.dirtyEnd)) {
      const records = batch.header === null ? [] : decodeRecords(database, this.log, batch.bytes, this.cursor, true);
      for (const record of records) {
        if (this.keyBytes >= this.settings.maxKeyBytes) {
          this.beginRewriting(record.offset);
          return;
        }
        this.remember(record);
      }
      this.cursor = batch.nextOffset;
    }
    if (this.cursor >= this.dirtyEnd) this.beginRewriting(this.cursor);
  }

  private beginRewriting(mapEnd: number): void {
    this.mapEnd = mapEnd;
    this.cursor = this.log.startOffset;
  }

  private remember({ key, offset }: DecodedRecord): void {
    if (key === null) return;
    const text = key.toString("latin1");
    if (!this.lastOffsets.has(text)) this.keyBytes += text.length + KEY_OVERHEAD_BYTES;
    this.lastOffsets.set(text, offset);
  }

  private async rewrite(mapEnd: number): Promise<void> {
    const changes: Changes = { puts: [], deletes: [], sizeDelta: 0 };
    for (const batch of await this.readFrom(this.cursor, mapEnd)) {
      this.rewriteBatch(batch, changes);
      this.cursor = batch.nextOffset;
    }
    this.putRun(changes);
    if (changes.puts.length + changes.deletes.length > 0) await this.write(changes, (meta) => meta);
  }

  private rewriteBatch(batch: StoredBatch, changes: Changes): void {
    const kept = batch.header === null ? null : this.retained(batch);
    if (kept === null) {
      this.addToRun(batch, changes);
      return;
    }
    this.putRun(changes);
    this.run = null;
    this.cleanBytes += kept.length;
    if (kept.length === batch.bytes.length) return;
    changes.puts.push([this.log.batchKey(batch.baseOffset), kept]);
    changes.sizeDelta += kept.length - batch.bytes.length;
  }

  private retained({ bytes, baseOffset }: StoredBatch): Buffer | null {
    try {
      return retainRecords(bytes, 0, (record) => this.isKept(record));
    } catch (cause) {
      if (!(cause instanceof RecordBatchError)) throw cause;
      throw new CorruptStoreError(
        this.ports.database.folder,
        `${this.log.name}, offset ${baseOffset}: ${cause.message}`,
        null,
        { cause },
      );
    }
  }

  private isKept({ key, value, offset }: DecodedRecord): boolean {
    if (key === null) return true;
    const last = this.lastOffsets.get(key.toString("latin1"));
    if (last !== undefined && last > offset) return false;
    return value !== null || offset >= this.expiredTombstones;
  }

  private addToRun(batch: StoredBatch, changes: Changes): void {
    const wasGap = batch.header === null;
    if (this.run === null) {
      this.run = { baseOffset: batch.baseOffset, nextOffset: batch.nextOffset, isChanged: !wasGap };
      const gapBytes = encodeGap(batch.baseOffset, batch.nextOffset).length;
      changes.sizeDelta += gapBytes - batch.bytes.length;
      this.cleanBytes += gapBytes;
      return;
    }
    this.run.nextOffset = batch.nextOffset;
    this.run.isChanged = true;
    changes.deletes.push(this.log.batchKey(batch.baseOffset));
    changes.sizeDelta -= batch.bytes.length;
  }

  private putRun(changes: Changes): void {
    if (this.run?.isChanged !== true) return;
    const { baseOffset, nextOffset } = this.run;
    changes.puts.push([this.log.batchKey(baseOffset), encodeGap(baseOffset, nextOffset)]);
    this.run.isChanged = false;
  }

  private async finish(cleanOffset: number): Promise<void> {
    const nowMs = this.ports.now();
    await this.write({ puts: [], deletes: [], sizeDelta: 0 }, (meta) => ({
      ...meta,
      cleanOffset,
      cleanBytes: this.cleanBytes,
      expiredTombstones: this.expiredTombstones,
      agingTombstones: this.agingAfter(meta, cleanOffset, nowMs),
    }));
    this.ports.crashPoints.hit("compaction.after-pass");
  }

  /** One offset ages at a time: a tombstone waits once or twice the retention. */
  private agingAfter(
    { agingTombstones }: PartitionMeta,
    cleanOffset: number,
    nowMs: number,
  ): PartitionMeta["agingTombstones"] {
    if (agingTombstones !== null && agingTombstones.offset > this.expiredTombstones) return agingTombstones;
    return cleanOffset > this.expiredTombstones ? { offset: cleanOffset, sinceMs: nowMs } : null;
  }

  private async readFrom(offset: number, end: number): Promise<readonly StoredBatch[]> {
    if (offset >= end) return [];
    const batches = await readStored(this.ports.database, this.log, offset, STEP_BYTES);
    return batches.filter(({ baseOffset }) => baseOffset < end);
  }

  private async write(
    { puts, deletes, sizeDelta }: Changes,
    change: (meta: PartitionMeta) => PartitionMeta,
  ): Promise<void> {
    const { committer, crashPoints } = this.ports;
    const edit: LogEdit = {
      log: this.log,
      sizeBytes: puts.reduce((sum, [key, value]) => sum + key.length + value.length, 0),
      apply(meta, batch) {
        for (const [key, value] of puts) batch.put(key, value);
        for (const key of deletes) batch.delete(key);
        return change({ ...meta, sizeBytes: meta.sizeBytes + sizeDelta });
      },
    };
    crashPoints.hit("compaction.before-write");
    await committer.edit(edit);
    crashPoints.hit("compaction.after-write");
  }
}

function tombstonesAreDue(
  { agingTombstones }: PartitionMeta,
  { tombstoneRetentionMs }: CompactionSettings,
  nowMs: number,
): boolean {
  return agingTombstones !== null && nowMs - agingTombstones.sinceMs >= tombstoneRetentionMs;
}

/** The topics of a data folder, to be read. Appending is the committer's. */
import { CorruptStoreError, endOf, type RocksDb, readInt64, withInt64 } from "../../rocksdb/index.js";
import type { ConsumedRecord } from "../../task/index.js";
import { partitionKey } from "../keys.js";
import { OffsetOutOfRangeError, UnknownPartitionError } from "./errors.js";
import { PartitionLog } from "./partition-log.js";
import { decodeMeta, EMPTY_PARTITION } from "./partition-meta.js";
import { consumedRecord, decodeRecords, readStored } from "./stored-batches.js";
import type { TailCache } from "./tail-cache.js";
import type { TopicSettings } from "./topic-settings.js";

export interface LogSlice {
  /** In the order of their offsets, which may have gaps. Keys, values and headers are views on the batches. */
  readonly records: readonly ConsumedRecord[];
  /** Where to read on: behind the last record, and behind gaps. */
  readonly nextOffset: number;
  /** Of the batches read. */
  readonly sizeBytes: number;
  readonly from: "memory" | "disk";
}

export interface PartitionInfo {
  readonly topic: string;
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
  readonly sizeBytes: number;
}

const DEFAULT_READ_BYTES = 1024 * 1024;

export class Log {
  private constructor(
    private readonly database: RocksDb,
    private readonly topics: ReadonlyMap<string, readonly PartitionLog[]>,
    private readonly cache: TailCache,
  ) {}

  /** Reads where the partitions begin and end: one multi-get, no batch. @throws CorruptStoreError */
  static async open(database: RocksDb, topics: readonly TopicSettings[], cache: TailCache): Promise<Log> {
    const all = topics.flatMap((topic) =>
      Array.from({ length: topic.partitions }, (_, partition) => ({ topic, partition })),
    );
    const values = await database.getMany(all.map(({ topic, partition }) => partitionKey(topic.name, partition)));
    const byTopic = new Map<string, PartitionLog[]>(topics.map(({ name }) => [name, []]));
    all.forEach(({ topic, partition }, index) => {
      const bytes = values[index];
      const meta = bytes === undefined ? EMPTY_PARTITION : decodeMeta(bytes);
      if (meta === null)
        throw new CorruptStoreError(
          database.folder,
          `topic ${topic.name}, partition ${partition}: its record of offsets cannot be read`,
        );
      byTopic.get(topic.name)?.push(new PartitionLog(topic, partition, meta));
    });
    return new Log(database, byTopic, cache);
  }

  /**
   * The records from `fromOffset` on: of whole batches, at least one batch if there is any, until they reach `maxBytes`.
   * At the end it is empty. What a commit has acknowledged is there.
   * @throws OffsetOutOfRangeError, UnknownPartitionError, StorageError
   */
  async read(topic: string, partition: number, fromOffset: number, maxBytes = DEFAULT_READ_BYTES): Promise<LogSlice> {
    const log = this.partition(topic, partition);
    log.checkOffset(fromOffset);
    return this.readCached(log, fromOffset, maxBytes) ?? (await this.readDisk(log, fromOffset, maxBytes));
  }

  /** The first offset that can be read. */
  startOffset(topic: string, partition: number): number {
    return this.partition(topic, partition).startOffset;
  }

  /** The offset that the next record will have. */
  endOffset(topic: string, partition: number): number {
    return this.partition(topic, partition).endOffset;
  }

  /**
   * The offset of the first record whose timestamp (epoch ms) is this or later; null when there is none. Timestamps need not rise.
   * @throws UnknownPartitionError, StorageError
   */
  async offsetForTimestamp(topic: string, partition: number, timestamp: number): Promise<number | null> {
    const log = this.partition(topic, partition);
    const { maxTimestamp } = log.meta;
    if (timestamp > maxTimestamp) return null;
    let offset = Math.max(await this.floorTime(log, timestamp), log.startOffset);
    while (offset < log.endOffset) {
      try {
        for (const batch of await readStored(this.database, log, offset, DEFAULT_READ_BYTES)) {
          const { header, bytes } = batch;
          if (header !== null && header.maxTimestamp >= timestamp) {
            const records = decodeRecords(this.database, log, bytes, log.startOffset, true);
            const found = records.find((record) => record.timestamp >= timestamp);
            if (found !== undefined) return found.offset;
          }
          offset = batch.nextOffset;
        }
      } catch (error) {
        // Retention has been faster.
        if (!(error instanceof OffsetOutOfRangeError)) throw error;
        offset = log.startOffset;
      }
    }
    return null;
  }

  /** All partitions, for metrics and tools. */
  partitions(): readonly PartitionInfo[] {
    return [...this.topics.values()].flat().map(({ topic, partition, startOffset, endOffset, meta }) => ({
      topic: topic.name,
      partition,
      startOffset,
      endOffset,
      sizeBytes: meta.sizeBytes,
    }));
  }

  /** The partitions themselves: for the writer and the cleaners. */
  get partitionLogs(): readonly PartitionLog[] {
    return [...this.topics.values()].flat();
  }

  /** @throws UnknownPartitionError */
  partition(topic: string, partition: number): PartitionLog {
    const log = this.topics.get(topic)?.[partition];
    if (log === undefined) throw new UnknownPartitionError(topic, partition);
    return log;
  }

  /** The partitions of a topic, by number. @throws UnknownPartitionError */
  partitionsOf(topic: string): readonly PartitionLog[] {
    const logs = this.topics.get(topic);
    if (logs === undefined) throw new UnknownPartitionError(topic, 0);
    return logs;
  }

  /** Bytes that the newest batches take in memory. */
  get cachedBytes(): number {
    return this.cache.sizeBytes;
  }

  private readCached(log: PartitionLog, fromOffset: number, maxBytes: number): LogSlice | null {
    const cached = log.tail.from(fromOffset);
    if (cached === null) return null;
    const records: ConsumedRecord[] = [];
    let nextOffset = fromOffset;
    let sizeBytes = 0;
    for (const { bytes, nextOffset: after } of cached) {
      // Made in this process: its checksum has nothing to tell.
      for (const record of decodeRecords(this.database, log, bytes, fromOffset, false))
        records.push(consumedRecord(log, record));
      nextOffset = after;
      sizeBytes += bytes.length;
      if (sizeBytes >= maxBytes) break;
    }
    return { records, nextOffset, sizeBytes, from: "memory" };
  }

  private async readDisk(log: PartitionLog, fromOffset: number, maxBytes: number): Promise<LogSlice> {
    const records: ConsumedRecord[] = [];
    let nextOffset = fromOffset;
    let sizeBytes = 0;
    for (const { header, bytes, nextOffset: after } of await readStored(this.database, log, fromOffset, maxBytes)) {
      if (header !== null) {
        for (const record of decodeRecords(this.database, log, bytes, fromOffset, true))
          records.push(consumedRecord(log, record));
      }
      nextOffset = after;
      sizeBytes += bytes.length;
    }
    return { records, nextOffset, sizeBytes, from: "disk" };
  }

  /** A batch before which every record is older than `timestamp`. */
  private async floorTime(log: PartitionLog, timestamp: number): Promise<number> {
    if (timestamp <= 0) return 0;
    const [entry] = await this.database.range({
      from: log.timePrefix,
      to: Number.isSafeInteger(timestamp) ? withInt64(log.timePrefix, timestamp) : endOf(log.timePrefix),
      reverse: true,
      maxEntries: 1,
    });
    return entry === undefined ? 0 : readInt64(entry.value, 0);
  }
}

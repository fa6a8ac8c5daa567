/** Reads stored batches of a partition, and holds them to follow each other without a hole. */
import {
  type BatchHeader,
  type DecodedRecord,
  decodeBatch,
  RecordBatchError,
  readBatchHeader,
} from "../../records/index.js";
import { CorruptStoreError, type Entry, int64Behind, type RocksDb } from "../../rocksdb/index.js";
import type { ConsumedRecord } from "../../task/index.js";
import { decodeGap, isGap } from "./gap.js";
import type { PartitionLog } from "./partition-log.js";

/** A batch, or the gap that compaction has left of some. */
export interface StoredBatch {
  readonly baseOffset: number;
  /** The offset after the last one it covers. */
  readonly nextOffset: number;
  /** Null for a gap. */
  readonly header: BatchHeader | null;
  readonly bytes: Buffer;
}

const MAX_ENTRIES = 10_000;
/** Compaction may merge gaps while their beginning is looked for. */
const MAX_TRIES = 10;

/**
 * The batches and gaps from the one that covers `fromOffset`: all up to the end, or as many as reach `maxBytes`. Checksums of the
 * records are not verified yet.
 * @throws OffsetOutOfRangeError, CorruptStoreError
 */
export async function readStored(
  database: RocksDb,
  log: PartitionLog,
  fromOffset: number,
  maxBytes: number,
): Promise<readonly StoredBatch[]> {
  const { endOffset } = log;
  log.checkOffset(fromOffset);
  if (fromOffset === endOffset) return [];
  let scanFrom = fromOffset;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const entries = await database.unverifiedRange({
      from: log.batchKey(scanFrom),
      to: log.batchKey(endOffset),
      maxEntries: MAX_ENTRIES,
      maxBytes,
    });
    const first = entries[0];
    if (first !== undefined && baseOffsetOf(log, first) === scanFrom)
      return chained(database, log, entries, maxBytes, endOffset);
    const floor = await floorOffset(database, log, fromOffset);
    log.checkOffset(fromOffset);
    if (floor === null) break;
    scanFrom = floor;
  }
  throw corrupt(database, log, fromOffset, "no batch covers this offset");
}

/** The records of a batch from `fromOffset` on. @throws CorruptStoreError */
export function decodeRecords(
  database: RocksDb,
  log: PartitionLog,
  bytes: Buffer,
  fromOffset: number,
  checkCrc: boolean,
): readonly DecodedRecord[] {
  try {
    const batch = decodeBatch(bytes, 0, { checkCrc });
    if (batch.kind === "control") return [];
    const first = batch.records[0];
    if (first === undefined || first.offset >= fromOffset) return batch.records;
    return batch.records.filter(({ offset }) => offset >= fromOffset);
  } catch (error) {
    if (error instanceof RecordBatchError) throw corrupt(database, log, fromOffset, error.message, error);
    throw error;
  }
}

export function consumedRecord({ topic, partition }: PartitionLog, record: DecodedRecord): ConsumedRecord {
  const { offset, timestamp, key, value, headers } = record;
  return { topic: topic.name, partition, offset, timestamp, key, value, headers };
}

/** The base offset of the last batch or gap that begins at `offset` or before. */
async function floorOffset(database: RocksDb, log: PartitionLog, offset: number): Promise<number | null> {
  const [entry] = await database.unverifiedRange({
    from: log.batchKey(0),
    to: log.batchKey(offset + 1),
    reverse: true,
    maxEntries: 1,
  });
  return entry === undefined ? null : baseOffsetOf(log, entry);
}

/** RocksDB's iterators verify no checksums: what they give is believed when it fits together. */
function chained(
  database: RocksDb,
  log: PartitionLog,
  entries: readonly Entry[],
  maxBytes: number,
  endOffset: number,
): readonly StoredBatch[] {
  const batches: StoredBatch[] = [];
  let expected: number | null = null;
  let sizeBytes = 0;
  for (const entry of entries) {
    const batch = storedBatch(database, log, entry);
    if (expected !== null && batch.baseOffset !== expected)
      throw corrupt(database, log, expected, `a batch is missing; the next one begins at ${batch.baseOffset}`);
    batches.push(batch);
    sizeBytes += entry.key.length + entry.value.length;
    expected = batch.nextOffset;
  }
  const isWhole = sizeBytes >= maxBytes || entries.length >= MAX_ENTRIES;
  if (!isWhole && expected !== endOffset)
    throw corrupt(database, log, expected ?? endOffset, `batches are missing; it should reach up to ${endOffset}`);
  return batches;
}

function storedBatch(database: RocksDb, log: PartitionLog, { key, value }: Entry): StoredBatch {
  const baseOffset = baseOffsetOf(log, { key });
  if (isGap(value)) {
    const nextOffset = decodeGap(baseOffset, value);
    if (nextOffset === null) throw corrupt(database, log, baseOffset, "the gap there does not fit its checksum");
    return { baseOffset, nextOffset, header: null, bytes: value };
  }
  try {
    const header = readBatchHeader(value);
    if (header.baseOffset !== baseOffset || header.end !== value.length)
      throw corrupt(database, log, baseOffset, `the batch there says that it begins at ${header.baseOffset}`);
    return { baseOffset, nextOffset: header.lastOffset + 1, header, bytes: value };
  } catch (error) {
    if (error instanceof RecordBatchError) throw corrupt(database, log, baseOffset, error.message, error);
    throw error;
  }
}

function baseOffsetOf(log: PartitionLog, { key }: Pick<Entry, "key">): number {
  return int64Behind(log.batchPrefix, key);
}

function corrupt(database: RocksDb, log: PartitionLog, offset: number, what: string, cause?: Error): CorruptStoreError {
  return new CorruptStoreError(
    database.folder,
    `topic ${log.topic.name}, partition ${log.partition}, offset ${offset}: ${what}`,
    null,
    { cause },
  );
}

/** What is to be made durable at once, or not at all; checked and sorted by partition before it waits for its turn. */
import { partitionFor } from "../records/index.js";
import type { WriteBatch } from "../rocksdb/index.js";
import type { ChangedRow } from "../stores/store.js";
import { type ProducedRecord, sizeOfRecord } from "../task/index.js";
import type { Log } from "./log/log.js";
import type { LogEdit, PartitionLog } from "./log/partition-log.js";
import type { PositionsTable, TaskPositions } from "./positions.js";

/**
 * A record to be appended. A keyless one goes to partition 0 (dead letters have but one; spreading keyless records would put a
 * retried delivery into another partition than the first).
 */
export type AppendRecord = ProducedRecord;

export interface StoreRows {
  readonly store: string;
  readonly partition: number;
  /** The last row of each key. */
  readonly rows: readonly ChangedRow[];
}

export interface CommitRequest {
  readonly outputs?: readonly AppendRecord[];
  readonly rows?: readonly StoreRows[];
  readonly positions?: TaskPositions;
}

/** Where records of a request went: `count` offsets from `baseOffset` on, in the request's order. */
export interface AppendedRange {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly count: number;
}

export interface Committed {
  /** The number of the write batch, the same for all requests of a group. */
  readonly checkpoint: number;
  readonly appended: readonly AppendedRange[];
}

/** A request that can never be written: a defect of the caller. Others are not affected. */
export class InvalidCommitError extends Error {
  override readonly name = "InvalidCommitError";
}

export interface PreparedCommit {
  readonly sizeBytes: number;
  readonly records: ReadonlyMap<PartitionLog, readonly AppendRecord[]>;
  readonly rows: readonly StoreRows[];
  readonly positions: TaskPositions | null;
  readonly edit: LogEdit | null;
  readonly stateEdit: StateEdit | null;
}

/** A change to rows and positions as a whole. */
export interface StateEdit {
  /** What it puts into the write batch, about. */
  readonly sizeBytes: number;
  apply(batch: WriteBatch, positions: PositionsTable): void;
}

/** JavaScript's latest date: far beyond it the differences that batches keep would not be exact. */
const MAX_TIMESTAMP = 8.64e15;
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const ROW_OVERHEAD_BYTES = 64;

/** @throws InvalidCommitError, UnknownPartitionError */
export function prepareCommit({ outputs = [], rows = [], positions }: CommitRequest, log: Log): PreparedCommit {
  const records = new Map<PartitionLog, AppendRecord[]>();
  let sizeBytes = 0;
  for (const record of outputs) {
    const partition = partitionOf(record, log);
    const recordBytes = checkedSize(record, partition);
    sizeBytes += recordBytes;
    const sorted = records.get(partition);
    if (sorted === undefined) records.set(partition, [record]);
    else sorted.push(record);
  }
  for (const { rows: changed } of rows) {
    for (const { key, value } of changed) sizeBytes += ROW_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
  }
  return { sizeBytes, records, rows, positions: positions ?? null, edit: null, stateEdit: null };
}

export function prepareEdit(edit: LogEdit): PreparedCommit {
  return { ...NOTHING, sizeBytes: edit.sizeBytes, edit };
}

export function prepareStateEdit(stateEdit: StateEdit): PreparedCommit {
  return { ...NOTHING, sizeBytes: stateEdit.sizeBytes, stateEdit };
}

const NOTHING = { records: new Map(), rows: [], positions: null, edit: null, stateEdit: null } as const;

function partitionOf(record: AppendRecord, log: Log): PartitionLog {
  const { topic, key } = record;
  if (record.partition !== undefined) return log.partition(topic, record.partition);
  const partitions = log.partitionsOf(topic);
  return log.partition(topic, key === null ? 0 : partitionFor(key, partitions.length));
}

function checkedSize(record: AppendRecord, { topic, name }: PartitionLog): number {
  const { timestamp, key } = record;
  if (!Number.isSafeInteger(timestamp) || timestamp < -1 || timestamp > MAX_TIMESTAMP)
    throw new InvalidCommitError(`${name}: ${timestamp} is no timestamp in epoch milliseconds`);
  if (key === null && topic.cleanup === "compact")
    throw new InvalidCommitError(`${name}: a record of a compacted topic needs a key`);
  const sizeBytes = sizeOfRecord(record);
  if (sizeBytes > MAX_RECORD_BYTES)
    throw new InvalidCommitError(`${name}: a record of ${sizeBytes} bytes is too large (${MAX_RECORD_BYTES} at most)`);
  return sizeBytes;
}

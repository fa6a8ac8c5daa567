/** Several commit requests in one write batch: offsets assigned, records encoded once per partition, one checkpoint number. */
import { RecordBatchBuilder } from "../records/index.js";
import type { WriteBatch } from "../rocksdb/index.js";
import { stageChanged } from "../stores/changed-rows.js";
import { rowPrefix } from "../stores/keys.js";
import { putWriteNumber } from "../stores/write-numbers.js";
import type { AppendedRange, AppendRecord, PreparedCommit } from "./commit-request.js";
import type { PartitionLog } from "./log/partition-log.js";
import type { TailCache } from "./log/tail-cache.js";
import type { PositionsTable } from "./positions.js";

/** Readers read whole batches; compaction rewrites whole ones. */
const MAX_BATCH_BYTES = 1024 * 1024;

export class CommitGroup {
  private readonly touched = new Set<PartitionLog>();
  private readonly ranges = new Map<PreparedCommit, AppendedRange[]>();

  constructor(
    readonly checkpoint: number,
    private readonly commits: readonly PreparedCommit[],
  ) {}

  /** Puts everything into the write batch. */
  stage(batch: WriteBatch, positions: PositionsTable, encoder: RecordBatchBuilder): void {
    putWriteNumber(batch, this.checkpoint);
    this.stageRecords(batch, encoder);
    for (const commit of this.commits) {
      stageRows(commit, batch);
      if (commit.positions !== null) positions.stage(commit.positions, this.checkpoint, batch);
      commit.stateEdit?.apply(batch, positions);
      if (commit.edit === null) continue;
      commit.edit.log.stageEdit(commit.edit, batch);
      this.touched.add(commit.edit.log);
    }
    for (const log of this.touched) log.stageMeta(batch);
  }

  /** It is durable: readers may see it. @returns the partitions that it touched */
  publish(positions: PositionsTable, cache: TailCache): ReadonlySet<PartitionLog> {
    positions.publish();
    for (const log of this.touched) log.publish(cache);
    return this.touched;
  }

  appendedBy(commit: PreparedCommit): readonly AppendedRange[] {
    return this.ranges.get(commit) ?? [];
  }

  private stageRecords(batch: WriteBatch, encoder: RecordBatchBuilder): void {
    const byPartition = new Map<PartitionLog, PreparedCommit[]>();
    for (const commit of this.commits) {
      for (const log of commit.records.keys()) {
        const commits = byPartition.get(log);
        if (commits === undefined) byPartition.set(log, [commit]);
        else commits.push(commit);
      }
    }
    for (const [log, commits] of byPartition) {
      this.touched.add(log);
      let baseOffset = log.stageAppend(recordsOf(log, commits), batch, encoder);
      for (const commit of commits) {
        const count = commit.records.get(log)?.length ?? 0;
        this.addRange(commit, { topic: log.topic.name, partition: log.partition, baseOffset, count });
        baseOffset += count;
      }
    }
  }

  private addRange(commit: PreparedCommit, range: AppendedRange): void {
    const ranges = this.ranges.get(commit);
    if (ranges === undefined) this.ranges.set(commit, [range]);
    else ranges.push(range);
  }
}

export function recordEncoder(): RecordBatchBuilder {
  return new RecordBatchBuilder({ maxBytes: MAX_BATCH_BYTES });
}

function* recordsOf(log: PartitionLog, commits: readonly PreparedCommit[]): Generator<AppendRecord> {
  for (const commit of commits) yield* commit.records.get(log) ?? [];
}

function stageRows({ rows }: PreparedCommit, batch: WriteBatch): void {
  for (const { store, partition, rows: changed } of rows) {
    const prefix = rowPrefix(store, partition);
    stageChanged(batch, prefix, changed);
  }
}

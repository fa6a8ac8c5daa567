/** How the checkpoints of an instance's tasks become durable in Kafka. */
import { positionsCodec } from "../../../schemas/row.js";
import type { Positions, SourcePosition } from "../../../schemas/types.js";
import type { ChangedRow } from "../../stores/index.js";
import { encodeText, type ProducedRecord } from "../../task/index.js";
import type { GroupMember, GroupOffset, WireError, WriteRequest, Written } from "../wire/index.js";
import { writeRequests } from "../write-requests.js";

/** One task's part of a checkpoint. */
export interface TaskPart {
  readonly partition: number;
  readonly outputs: readonly ProducedRecord[];
  /** The last row of each key that changed. */
  readonly rows: readonly ChangedRow[];
  /** Where the task stands with it. */
  readonly positions: Positions;
}

/** By partition: the offset after the checkpoint's last record in the changelog; null when it is not known. */
export type ChangelogEnds = ReadonlyMap<number, number | null>;

export interface CheckpointWriter {
  /** Why it can write no more; null while it can. */
  readonly failure: WireError | null;
  /**
   * Resolves when all parts are durable. One at a time.
   * @throws WireError: they are not, or may be (OutcomeUnknownError). The writer is of no more use
   */
  commit(member: GroupMember, parts: readonly TaskPart[]): Promise<ChangelogEnds>;
  /** At once. */
  close(): Promise<void>;
}

export interface CheckpointTopics {
  /** Null for tasks without a store. */
  readonly changelog: string | null;
  partitionsOf(topic: string): number;
}

/** The key of a changelog record that carries positions: no conversation's, which have colons. */
export const POSITIONS_KEY = encodeText("positions");

/** The outputs by topic and partition, each in their order. */
export function outputRequests(parts: readonly TaskPart[], { partitionsOf }: CheckpointTopics): WriteRequest[] {
  return writeRequests(outputsOf(parts), partitionsOf);
}

function* outputsOf(parts: readonly TaskPart[]): Generator<ProducedRecord> {
  for (const { outputs } of parts) yield* outputs;
}

/** The changed rows, and behind them the positions: the last record of each checkpoint. */
export function changelogRequest({ partition, rows, positions }: TaskPart, topic: string, nowMs: number): WriteRequest {
  const records = rows.map(({ key, value }) => ({ timestamp: nowMs, key: encodeText(key), value, headers: [] }));
  const last = { timestamp: nowMs, key: POSITIONS_KEY, value: positionsCodec.encode(positions), headers: [] };
  return { topic, partition, records: [...records, last] };
}

export function groupOffsets(parts: readonly TaskPart[], metadata: string): GroupOffset[] {
  return parts.flatMap(({ positions }) =>
    positions.positions.map(({ topic, partition, offset }: SourcePosition) => ({ topic, partition, offset, metadata })),
  );
}

/** Where the changelogs end, from what was written to each. */
export function changelogEnds(parts: readonly TaskPart[], written: readonly Written[]): ChangelogEnds {
  return new Map(
    parts.map(({ partition }, index) => {
      const last = written[index]?.lastOffset ?? null;
      return [partition, last === null ? null : last + 1];
    }),
  );
}

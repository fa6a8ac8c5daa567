/** Where the tasks stand: kept in memory (one small entry per task), written with each of their checkpoints. */
import { positionsCodec, RowFormatError } from "../../schemas/row.js";
import type { Positions, SourcePosition } from "../../schemas/types.js";
import { CorruptStoreError, type RocksDb, type WriteBatch } from "../rocksdb/index.js";
import { POSITIONS_RANGE, parsePositionsKey, positionsKey } from "../stores/keys.js";

/** The positions of a task, to be written with its checkpoint. */
export interface TaskPositions {
  readonly subTopology: string;
  readonly partition: number;
  /** The offsets after the last processed records. Topics that are not named keep theirs. */
  readonly positions: readonly SourcePosition[];
  /** Running counts of the task. Absent: they stay as they are. */
  readonly counters?: Readonly<Record<string, number>>;
}

const PAGE_ENTRIES = 1_000;

export class PositionsTable {
  private readonly durable = new Map<string, Positions>();
  private staged = new Map<string, Positions>();
  private clearing = false;

  private constructor() {}

  /** @throws CorruptStoreError */
  static async open(database: RocksDb): Promise<PositionsTable> {
    const table = new PositionsTable();
    let { from } = POSITIONS_RANGE;
    for (;;) {
      const page = await database.range({ from, to: POSITIONS_RANGE.to, maxEntries: PAGE_ENTRIES });
      for (const { key, value } of page) {
        const { subTopology, partition } = parsePositionsKey(key);
        const positions = decodePositions(value, database.folder, subTopology, partition);
        table.durable.set(taskId(subTopology, partition), positions);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ENTRIES) return table;
      from = Buffer.concat([last.key, Buffer.of(0)]);
    }
  }

  /** Of the last durable checkpoint; null when the task has had none. */
  get(subTopology: string, partition: number): Positions | null {
    return this.durable.get(taskId(subTopology, partition)) ?? null;
  }

  stage({ subTopology, partition, positions, counters }: TaskPositions, checkpoint: number, batch: WriteBatch): void {
    const id = taskId(subTopology, partition);
    const before = this.staged.get(id) ?? this.durable.get(id);
    const merged = merge(before?.positions ?? [], positions);
    const counted = counters && Object.entries(counters).map(([name, count]) => ({ name, count }));
    const value = { checkpoint, positions: merged, counters: counted ?? before?.counters ?? [] };
    this.staged.set(id, value);
    batch.put(positionsKey(subTopology, partition), positionsCodec.encode(value));
  }

  /** Removes those of all tasks: none has had a checkpoint. Nothing else may be staged with it. */
  stageClear(batch: WriteBatch): void {
    for (const { subTopology, partition } of this.tasks) batch.delete(positionsKey(subTopology, partition));
    this.clearing = true;
  }

  /** The tasks that have had a checkpoint. */
  get tasks(): readonly { readonly subTopology: string; readonly partition: number }[] {
    return [...this.durable.keys()].map((id) => {
      const at = id.lastIndexOf("/");
      return { subTopology: id.slice(0, at), partition: Number(id.slice(at + 1)) };
    });
  }

  /** What was staged is durable. */
  publish(): void {
    if (this.clearing) this.durable.clear();
    this.clearing = false;
    for (const [id, positions] of this.staged) this.durable.set(id, positions);
    this.staged = new Map();
  }
}

function taskId(subTopology: string, partition: number): string {
  return `${subTopology}/${partition}`;
}

/** A task that was rebuilt knows only of the topics that it has read since. */
function merge(before: readonly SourcePosition[], after: readonly SourcePosition[]): SourcePosition[] {
  const merged = new Map(before.map((position) => [`${position.topic}/${position.partition}`, position]));
  for (const position of after) merged.set(`${position.topic}/${position.partition}`, position);
  return [...merged.values()];
}

/** @throws CorruptStoreError */
export function decodePositions(bytes: Buffer, folder: string, subTopology: string, partition: number): Positions {
  try {
    return positionsCodec.decode(bytes);
  } catch (cause) {
    if (!(cause instanceof RowFormatError)) throw cause;
    throw new CorruptStoreError(
      folder,
      `the positions of ${subTopology}, partition ${partition}: ${cause.message}`,
      null,
      { cause },
    );
  }
}

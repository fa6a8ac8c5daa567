/** Reads partitions with the Reader to where they end now, and checks on the way what holds for every page. */
import {
  type Cluster,
  Deadline,
  findOffsets,
  type Isolation,
  type Page,
  Reader,
  type ReaderOptions,
  type TopicPartition,
} from "../../../../../../runtime/kafka/wire/index.js";
import { type PlainRecord, plain } from "./plain-record.js";

export interface Start extends TopicPartition {
  readonly offset: number;
}

const WITHIN_MS = 30_000;

export type Settings = Omit<Partial<ReaderOptions>, "isolation">;

/** @returns by start, in its order */
export async function readToEnd(
  cluster: Cluster,
  starts: readonly Start[],
  isolation: Isolation,
  settings: Settings = {},
): Promise<PlainRecord[]> {
  const reader = new Reader(cluster, { isolation, maxWaitMs: 20, ...settings });
  try {
    return await readOn(cluster, reader, starts, isolation);
  } finally {
    await reader.close();
  }
}

/** As `readToEnd`, with a reader that is there: it is assigned the partitions, and reads them no longer afterwards. */
export async function readOn(
  cluster: Cluster,
  reader: Reader,
  starts: readonly Start[],
  isolation: Isolation,
): Promise<PlainRecord[]> {
  const ends = await endsOf(cluster, starts, isolation);
  const progress = new Map<string, PartitionProgress>();
  for (const [index, start] of starts.entries()) {
    reader.assign(start, start.offset);
    progress.set(nameOf(start), new PartitionProgress(start.offset, ends[index] ?? 0));
  }
  const signal = AbortSignal.timeout(WITHIN_MS);
  const unfinished = () => [...progress].filter(([, one]) => !one.done);
  while (unfinished().length > 0) {
    const page = await reader.next(signal).catch((error) => {
      const where = unfinished().map(([name, { position, end }]) => `${name} at ${position} of ${end}`);
      throw new Error(`reading did not end: ${where.join(", ")}`, { cause: error });
    });
    progress.get(nameOf(page))?.add(page);
  }
  for (const start of starts) reader.unassign(start);
  return starts.flatMap((start) => progress.get(nameOf(start))?.records ?? []);
}

export async function endsOf(
  cluster: Cluster,
  places: readonly TopicPartition[],
  isolation: Isolation,
): Promise<number[]> {
  return offsetsOf(cluster, places, "latest", isolation);
}

export async function beginningsOf(cluster: Cluster, places: readonly TopicPartition[]): Promise<number[]> {
  return offsetsOf(cluster, places, "earliest", "read_uncommitted");
}

async function offsetsOf(
  cluster: Cluster,
  places: readonly TopicPartition[],
  at: "earliest" | "latest",
  isolation: Isolation,
): Promise<number[]> {
  const options = { isolation, deadline: new Deadline(WITHIN_MS), channel: "ends" };
  const found = await findOffsets(cluster, places, at, options);
  return found.map(({ offset }) => offset ?? 0);
}

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/** Pages of one partition follow each other without a gap, and their records rise within them. */
export class PartitionProgress {
  readonly records: PlainRecord[] = [];
  pages = 0;

  constructor(
    public position: number,
    readonly end: number,
  ) {}

  get done(): boolean {
    return this.position >= this.end;
  }

  /** What is at or beyond `end` was written later, and does not count. */
  add(page: Page): void {
    if (page.fromOffset !== this.position)
      throw new Error(`${nameOf(page)}: a page begins at ${page.fromOffset}, and not at ${this.position}`);
    let last = page.fromOffset - 1;
    for (const record of page.records) {
      if (record.offset <= last || record.offset >= page.nextOffset)
        throw new Error(`${nameOf(page)}: offset ${record.offset} after ${last}, next page at ${page.nextOffset}`);
      last = record.offset;
      if (record.offset < this.end) this.records.push(plain(page.partition, record));
    }
    if (page.nextOffset <= page.fromOffset) throw new Error(`${nameOf(page)}: a page goes nowhere`);
    this.position = page.nextOffset;
    this.pages++;
  }
}

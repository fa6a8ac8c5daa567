/** Reads what is committed in partitions, again and again: each time what is new. */
import {
  type Cluster,
  Deadline,
  findOffsets,
  type Page,
  Reader,
  type TopicPartition,
} from "../../../../../runtime/kafka/wire/index.js";
import type { ConsumedRecord } from "../../../../../runtime/task/index.js";
import { until } from "../../../../support/kafka/index.js";

const WITHIN_MS = 20_000;

export class TopicsTail {
  private reader: Reader | null = null;
  private readonly readTo = new Map<string, number>();

  /** @param places in the order in which their records are given */
  constructor(
    private readonly cluster: Cluster,
    private readonly places: readonly TopicPartition[],
  ) {}

  /** Waits until no transaction is open or being ended in any of them. */
  async readNew(): Promise<ConsumedRecord[]> {
    const ends = await this.settledEnds();
    const found = new Map<string, ConsumedRecord[]>();
    const reader = this.open();
    const behind = () => this.places.some((place, index) => this.standing(place) < (ends[index] ?? 0));
    const signal = AbortSignal.timeout(WITHIN_MS);
    while (behind()) this.keep(await reader.next(signal), found);
    return this.places.flatMap((place) => found.get(nameOf(place)) ?? []);
  }

  async close(): Promise<void> {
    await this.reader?.close();
  }

  private open(): Reader {
    if (this.reader !== null) return this.reader;
    this.reader = new Reader(this.cluster, { isolation: "read_committed", maxWaitMs: 20 });
    for (const place of this.places) this.reader.assign(place, 0);
    return this.reader;
  }

  private keep({ topic, partition, records, nextOffset }: Page, found: Map<string, ConsumedRecord[]>): void {
    const name = nameOf({ topic, partition });
    this.readTo.set(name, nextOffset);
    const own = found.get(name) ?? [];
    found.set(name, own);
    for (const { offset, timestamp, key, value, headers } of records)
      own.push({ topic, partition, offset, timestamp, key, value, headers });
  }

  private standing(place: TopicPartition): number {
    return this.readTo.get(nameOf(place)) ?? 0;
  }

  /** Commits are answered before their markers are written. */
  private async settledEnds(): Promise<readonly number[]> {
    let ends: readonly number[] = [];
    const settled = await until(
      async () => {
        const [stable, high] = await Promise.all([this.ends("read_committed"), this.ends("read_uncommitted")]);
        ends = stable;
        return stable.every((end, index) => end === high[index]);
      },
      WITHIN_MS,
      5,
    );
    if (!settled) throw new Error("a transaction stayed open");
    return ends;
  }

  private async ends(isolation: "read_committed" | "read_uncommitted"): Promise<number[]> {
    const options = { isolation, deadline: new Deadline(WITHIN_MS), channel: "tail-ends" };
    const found = await findOffsets(this.cluster, this.places, "latest", options);
    return found.map(({ offset }) => offset ?? 0);
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

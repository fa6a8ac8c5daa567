/** The rows of a task that expire, and the time of its stream, by which they do. */
import type { ProcessorContext } from "../../processors/index.js";
import type { SubTopology } from "../../topology/index.js";
import type { TaskCounters } from "./checkpoint.js";
import { Forgetter } from "./forgetter.js";
import type { StoreBuffer } from "./store-buffer.js";

/** The stream's time is kept with the counts of the task: epoch ms, the greatest timestamp of the records that were processed. */
const STREAM_TIME = "stream-time";

type Counting = Pick<ProcessorContext, "count">;

export class Forgetting<Outcome> {
  /** By store. */
  private readonly forgetters: ReadonlyMap<string, Forgetter<Outcome>>;
  private streamTimeMs = 0;

  constructor({ stores: specs }: SubTopology<Outcome>, stores: ReadonlyMap<string, StoreBuffer>) {
    this.forgetters = new Map(
      specs.flatMap(({ name, expiry }) => {
        const store = stores.get(name);
        return store === undefined || expiry === undefined ? [] : [[name, new Forgetter(store, expiry)] as const];
      }),
    );
  }

  /** As of a checkpoint. */
  setTo(counters: ReadonlyMap<string, number>): void {
    this.streamTimeMs = counters.get(STREAM_TIME) ?? 0;
  }

  /** To be kept with a checkpoint; nothing where no rows expire. */
  get counters(): TaskCounters {
    return this.forgetters.size === 0 ? {} : { [STREAM_TIME]: this.streamTimeMs };
  }

  /** @param timestampMs of a record that was processed, and not refused */
  advance(timestampMs: number): void {
    if (timestampMs > this.streamTimeMs) this.streamTimeMs = timestampMs;
  }

  /** Whether a row of a store counts as gone, whether it is still there or not. */
  isGone(store: string, row: unknown): boolean {
    return row === undefined || this.forgetters.get(store)?.isExpired(row, this.streamTimeMs) === true;
  }

  /** Removes the rows of a key that was loaded, where they have expired. */
  forget(key: string, context: Counting): Outcome[] {
    const outcomes: Outcome[] = [];
    for (const forgetter of this.forgetters.values()) {
      const outcome = forgetter.forget(key, this.streamTimeMs, context);
      if (outcome !== null) outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Looks at some more rows. @param records that are about to be processed. @throws the stores' errors */
  async sweep(records: number, context: Counting): Promise<Outcome[]> {
    const swept: Outcome[] = [];
    for (const forgetter of this.forgetters.values())
      swept.push(...(await forgetter.sweep(records, this.streamTimeMs, context)));
    return swept;
  }
}

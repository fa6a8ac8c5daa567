/**
 * Forgets the rows of a store that have expired, by the time of the stream. What an event finds follows from the stream alone: an
 * expired row is as good as none from the moment on, whether it is still there or not. The sweep is what gives the room back.
 */
import type { ProcessorContext, RowExpiry } from "../../processors/index.js";
import type { StoreBuffer } from "./store-buffer.js";

/** Of rows that are looked at with a batch: so many per record, that the sweep is faster than rows can be added. */
const ROWS_PER_RECORD = 2;
const MIN_ROWS = 64;
const MAX_ROWS = 2_000;

export class Forgetter<Outcome> {
  /** The key behind which the sweep goes on; undefined: at the beginning. */
  private after: string | undefined;
  private isSweeping = false;
  private nextSweepMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: StoreBuffer,
    private readonly expiry: RowExpiry<Outcome>,
  ) {}

  isExpired(row: unknown, streamTimeMs: number): boolean {
    // The store's own row: its specification has both.
    return row !== undefined && this.expiry.isExpired(row as never, streamTimeMs);
  }

  /** Removes the row of a key that was loaded, if it has expired. @returns null when it has not */
  forget(key: string, streamTimeMs: number, context: Pick<ProcessorContext, "count">): Outcome | null {
    const row = this.store.get(key);
    if (!this.isExpired(row, streamTimeMs)) return null;
    this.store.remove(key);
    return this.expiry.forget(key, row as never, context);
  }

  /**
   * Looks at some more rows, when it is time to. Rows that were just changed come next time.
   * @param records that are about to be processed
   * @throws the store's error: nothing was removed
   */
  async sweep(records: number, streamTimeMs: number, context: Pick<ProcessorContext, "count">): Promise<Outcome[]> {
    if (!this.isDue(streamTimeMs)) return [];
    const maxRows = Math.min(MAX_ROWS, Math.max(MIN_ROWS, records * ROWS_PER_RECORD));
    const page = await this.store.loadPage({ maxRows, ...(this.after === undefined ? {} : { after: this.after }) });
    this.after = page.after ?? undefined;
    this.isSweeping = page.after !== null;
    const outcomes: Outcome[] = [];
    for (const key of page.rows.keys()) {
      const outcome = this.forget(key, streamTimeMs, context);
      if (outcome !== null) outcomes.push(outcome);
    }
    return outcomes;
  }

  private isDue(streamTimeMs: number): boolean {
    if (this.isSweeping) return true;
    if (streamTimeMs < this.nextSweepMs) return false;
    this.isSweeping = true;
    this.nextSweepMs = streamTimeMs + this.expiry.sweepEveryMs;
    return true;
  }
}

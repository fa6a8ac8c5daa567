/** Takes the records of a page through the guard and `apply`, in their order, a batch at a time. */
import type { Page } from "../runtime/kafka/wire/index.js";
import type { ApplyRecords } from "./applier.js";
import { ConsumerError } from "./errors.js";
import type { PartitionRun } from "./partition-run.js";
import type { SkippedRecord } from "./record.js";
import type { Decoded, DecodedBatch, RecordDecoder } from "./record-decoder.js";

export interface PageWorkPorts {
  readonly decoder: RecordDecoder;
  readonly apply: ApplyRecords;
  /** In one call of `apply`, and so in one transaction. */
  readonly recordsAtOnce: number;
  readonly maxBatchRecords: number;
  readonly skipped: (skipped: SkippedRecord) => void;
  /** Aborted when nothing more is to be begun, of any partition. */
  readonly pausing: () => AbortSignal;
  /** Everything before `offset` is applied or skipped. */
  readonly done: (run: PartitionRun, offset: number) => void;
}

export interface Counts {
  records: number;
  applied: number;
  skipped: number;
}

const NOTHING: DecodedBatch = { decoded: [], unreadable: null };

export class PageWork {
  readonly counts: Counts = { records: 0, applied: 0, skipped: 0 };
  readonly #ports: PageWorkPorts;

  constructor(ports: PageWorkPorts) {
    this.#ports = ports;
  }

  /**
   * @returns whether the whole page is done; if not, reading goes on at the run's position, whoever does it
   * @throws what ends the consumer
   */
  async do(run: PartitionRun, page: Page): Promise<boolean> {
    const { maxBatchRecords, recordsAtOnce } = this.#ports;
    for (let from = 0; from < page.records.length; from += maxBatchRecords) {
      const { decoded, unreadable } = await this.#decode(run, page.records.slice(from, from + maxBatchRecords));
      for (let at = 0; at < decoded.length; at += recordsAtOnce) {
        if (!this.#goesOn(run)) return false;
        await this.#apply(run, decoded.slice(at, at + recordsAtOnce));
      }
      if (unreadable !== null) throw unreadable;
      if (!this.#goesOn(run) && run.position < page.nextOffset) return false;
      // Heartbeats have their turn, however fast `apply` is.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (run.signal.aborted) return false;
    this.#ports.done(run, page.nextOffset);
    return true;
  }

  #goesOn(run: PartitionRun): boolean {
    return !run.signal.aborted && !this.#ports.pausing().aborted;
  }

  /** None when a registry was waited for and there is something else to do. */
  async #decode(run: PartitionRun, records: Page["records"]): Promise<DecodedBatch> {
    try {
      return await this.#ports.decoder.decode(run.partition, records, () => this.#goesOn(run));
    } catch (error) {
      if (!this.#goesOn(run)) return NOTHING;
      throw error;
    }
  }

  async #apply(run: PartitionRun, batch: readonly Decoded[]): Promise<void> {
    const { applied, skipped } = await this.#ports.apply(batch, run.signal);
    if (run.signal.aborted) return;
    this.counts.records += batch.length;
    this.counts.applied += applied;
    this.counts.skipped += skipped.length;
    for (const one of skipped) this.#report(one);
    const last = batch.at(-1);
    if (last !== undefined) this.#ports.done(run, offsetOf(last) + 1);
  }

  #report(skipped: SkippedRecord): void {
    try {
      this.#ports.skipped(skipped);
    } catch (error) {
      throw new ConsumerError(`onSkipped: ${String(error)}`, { cause: error });
    }
  }
}

function offsetOf(decoded: Decoded): number {
  return decoded.kind === "record" ? decoded.record.offset : decoded.place.offset;
}

/**
 * All rows of a store, page by page, as a control record has them looked at. No record is processed until it ends, so rows keep their
 * values: first those that were not committed when it began, which are in memory, then the others from the store.
 */
import type { Control } from "../../processors/index.js";
import type { ProcessorNode } from "../../topology/index.js";
import type { Input } from "./plans.js";
import type { StoreBuffer } from "./store-buffer.js";

/** A control record that is being executed: it is done when all rows were looked at. */
export interface Scanning<Outcome> {
  readonly input: Input;
  readonly rows: RowScan;
  readonly node: ProcessorNode<Outcome>;
  readonly control: Extract<Control<Outcome>, { kind: "rows" }>;
}

export interface ScanPage {
  readonly rows: readonly (readonly [string, unknown])[];
  readonly isLast: boolean;
}

export class RowScan {
  private readonly uncommitted: ReadonlyMap<string, unknown>;
  private readonly inMemory: Iterator<readonly [string, unknown]>;
  private isStored = false;
  private after: string | null = null;

  constructor(private readonly store: StoreBuffer) {
    this.uncommitted = store.uncommitted();
    this.inMemory = this.uncommitted.entries();
  }

  /** @throws the store's error: the same page may be asked for again */
  async next(maxRows: number): Promise<ScanPage> {
    return this.isStored ? this.nextStored(maxRows) : this.nextInMemory(maxRows);
  }

  private nextInMemory(maxRows: number): ScanPage {
    const rows: (readonly [string, unknown])[] = [];
    while (rows.length < maxRows && !this.isStored) {
      const { value, done } = this.inMemory.next();
      if (done === true) this.isStored = true;
      else if (value[1] !== undefined) rows.push(value);
    }
    return { rows, isLast: false };
  }

  private async nextStored(maxRows: number): Promise<ScanPage> {
    const page = await this.store.loadPage({ maxRows, ...(this.after === null ? {} : { after: this.after }) });
    this.after = page.after;
    const rows = [...page.rows].filter(([key]) => !this.uncommitted.has(key));
    return { rows, isLast: page.after === null };
  }
}

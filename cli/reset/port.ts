/** The state of one application, found and not removed yet. */

/** How many rows are gone. */
export type RowsRemoved = (rows: number) => void;

export interface ResettableState {
  /** What would be removed, a sentence's part each; empty: there is nothing. */
  readonly removed: readonly string[];
  /** What stays, in a sentence. */
  readonly kept: string;
  /** @throws what keeps it from being finished: another run does that */
  remove(progress: RowsRemoved): Promise<void>;
  close(): Promise<void>;
}

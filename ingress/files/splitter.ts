/** What the two ways of splitting an input have in common. */
import type { DocumentBatch } from "./batch.js";

export interface Splitter {
  /** Reads on from `from` until the chunk ends or the batch is full; gives where it stopped. */
  read(chunk: Buffer, from: number, batch: DocumentBatch): number;
  /** Hands out what the end of the input leaves open: two documents at most. */
  end(batch: DocumentBatch): void;
}

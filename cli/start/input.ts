/** `start --input`: puts documents of files through `raw-events`, as fast as the disk takes them. */
import type { ProducedRecord } from "../../runtime/task/index.js";
import type { Feed } from "../feed.js";

export interface InputPorts {
  readonly feed: Feed;
  /** Resolves when the records are durable: the next are not read before. */
  readonly append: (records: readonly ProducedRecord[]) => Promise<unknown>;
  /** Told how many documents are durable. */
  readonly progress: (documents: number) => void;
  /** Takes a line about a document or file that cannot be read. */
  readonly complain: (line: string) => void;
}

export interface InputTotals {
  readonly documents: number;
  /** Not appended: nobody can tell whose they are. What a source refuses is appended, and becomes a dead letter. */
  readonly unreadable: number;
}

/** @throws what `append` throws. Files that cannot be read are named, and the others are read. */
export async function feedInput(
  files: readonly string[],
  ports: InputPorts,
  signal: AbortSignal,
): Promise<InputTotals> {
  const totals = { documents: 0, unreadable: 0 };
  const refuse = (place: string, why: string) => {
    // Standard input is closed when the service stops.
    if (signal.aborted) return;
    totals.unreadable += 1;
    ports.complain(`${place}: ${why}`);
  };
  try {
    for (const file of files) {
      for await (const { fed } of ports.feed.file(file, refuse)) {
        if (signal.aborted) return totals;
        await ports.append(fed.map(({ record }) => record));
        totals.documents += fed.length;
        ports.progress(totals.documents);
      }
    }
  } catch (error) {
    // What waits to be appended when the service stops is refused: it was not counted.
    if (!signal.aborted) throw error;
  }
  return totals;
}

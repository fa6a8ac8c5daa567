/** `start --input`: puts documents of files through `raw-events`, as fast as the disk takes them. */
import { InputError, openInput, readDocuments } from "../../ingress/files/index.js";
import { MAX_BODY_BYTES } from "../../processors/index.js";
import type { ProducedRecord } from "../../runtime/task/index.js";
import type { Feed } from "../feed.js";
import { printable } from "../output/text.js";

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
    totals.unreadable += 1;
    ports.complain(`${place}: ${why}`);
  };
  for (const file of files) {
    const input = openInput(file);
    const name = printable(input.name);
    try {
      for await (const chunk of readDocuments(input.stream, { maxDocumentBytes: MAX_BODY_BYTES })) {
        if (signal.aborted) return totals;
        const records: ProducedRecord[] = [];
        for (const document of chunk) {
          const place = `${name}:${document.line}`;
          const fed = ports.feed.next(document);
          if (fed.kind === "record") records.push(fed.record);
          else refuse(place, fed.message);
        }
        await ports.append(records);
        totals.documents += records.length;
        ports.progress(totals.documents);
      }
    } catch (error) {
      if (signal.aborted) return totals;
      if (!(error instanceof InputError)) throw error;
      refuse(name, error.message);
    }
  }
  return totals;
}

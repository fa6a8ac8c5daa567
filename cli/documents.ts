/** The documents of a file, with the place of each; what is not whole is told, and the rest is read. */
import { type Document, InputError, openInput, readDocuments } from "../ingress/files/index.js";
import { MAX_BODY_BYTES } from "../processors/index.js";
import { printable } from "./output/text.js";

/** Takes where a document or file stands, and why it cannot be read. */
export type Refuse = (place: string, why: string) => void;

export interface PlacedDocument {
  /** `FILE:LINE` */
  readonly place: string;
  readonly body: Uint8Array;
}

/** A chunk at a time. `count` also counts what was refused. A file that cannot be read is told to `refuse` as a whole. */
export async function* documentsOf(
  path: string,
  refuse: Refuse,
): AsyncGenerator<{ readonly count: number; readonly documents: readonly PlacedDocument[] }> {
  const input = openInput(path);
  const name = printable(input.name);
  try {
    for await (const chunk of readDocuments(input.stream, { maxDocumentBytes: MAX_BODY_BYTES })) {
      const documents: PlacedDocument[] = [];
      for (const document of chunk) {
        const place = `${name}:${document.line}`;
        if ("problem" in document) refuse(place, problemText(document));
        else documents.push({ place, body: document.body });
      }
      yield { count: chunk.length, documents };
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    refuse(name, error.message);
  }
}

function problemText(document: Extract<Document, { problem: string }>): string {
  if (document.problem === "too-large") {
    return `BODY_TOO_LARGE: the document has ${document.sizeBytes} bytes; at most ${MAX_BODY_BYTES} are read`;
  }
  return "INVALID_JSON: the array is not closed";
}

/** NDJSON: every line that is not blank is a document, so a broken one costs only itself. */
import type { DocumentBatch } from "./batch.js";
import { NEWLINE } from "./bytes.js";
import { PartialDocument } from "./partial-document.js";
import type { Splitter } from "./splitter.js";

export class LineSplitter implements Splitter {
  readonly #document: PartialDocument;
  #line: number;

  constructor(firstLine: number, maxDocumentBytes: number) {
    this.#line = firstLine;
    this.#document = new PartialDocument(maxDocumentBytes);
  }

  read(chunk: Buffer, from: number, batch: DocumentBatch): number {
    let at = from;
    while (at < chunk.length && !batch.isFull) {
      const newline = chunk.indexOf(NEWLINE, at);
      if (newline === -1) {
        this.#document.append(chunk, at, chunk.length);
        return chunk.length;
      }
      batch.add(this.#document.complete(this.#line, chunk, at, newline));
      this.#line++;
      at = newline + 1;
    }
    return at;
  }

  end(batch: DocumentBatch): void {
    batch.add(this.#document.completeAtEnd(this.#line));
  }
}

/** Reads JSON documents from a stream of bytes, whichever of the three forms it has, in bounded memory. */
import { DocumentBatch } from "./batch.js";
import { skipByteOrderMark } from "./byte-order-mark.js";
import type { Document } from "./document.js";
import { type Form, FormDetector } from "./form.js";
import { LineSplitter } from "./lines.js";
import { SequenceSplitter } from "./sequence.js";
import type { Splitter } from "./splitter.js";

export interface ReadOptions {
  /** Up to this size a document is handed out; a larger one is reported with its size. */
  readonly maxDocumentBytes: number;
}

/**
 * Takes UTF-8 text, cut into chunks anywhere: NDJSON, JSON arrays (their elements are the documents), or JSON texts one after
 * another, pretty-printed or not. Gives the documents in their order, in arrays of up to about 1,000 or 1 MiB, at the latest when
 * the chunk that ends them has been read. Nothing is parsed: a broken document is handed out like any other. The chunks must not
 * be changed afterwards, as bodies are views of them. Holds at most one document and one chunk, and for NDJSON's first line
 * `maxDocumentBytes` once more.
 * @throws RangeError when `maxDocumentBytes` is no positive integer, and whatever `input` throws
 */
export async function* readDocuments(
  input: AsyncIterable<Uint8Array>,
  { maxDocumentBytes }: ReadOptions,
): AsyncGenerator<Document[], void, undefined> {
  if (!Number.isSafeInteger(maxDocumentBytes) || maxDocumentBytes < 1)
    throw new RangeError(`maxDocumentBytes must be a positive integer, not ${maxDocumentBytes}`);
  const detector = new FormDetector(maxDocumentBytes);
  const begin = (form: Form): Splitter =>
    form === "lines"
      ? new LineSplitter(detector.line, maxDocumentBytes)
      : new SequenceSplitter(detector.line, maxDocumentBytes);
  let splitter: Splitter | undefined;
  for await (const chunk of skipByteOrderMark(input)) {
    if (splitter === undefined) {
      const form = detector.look(chunk);
      if (form === undefined) continue;
      splitter = begin(form);
      yield* split(detector.takeHead(), splitter);
    }
    yield* split(chunk, splitter);
  }
  if (splitter === undefined) {
    splitter = begin(detector.end());
    yield* split(detector.takeHead(), splitter);
  }
  yield* splitEnd(splitter);
}

function* split(chunk: Buffer, splitter: Splitter): Generator<Document[]> {
  const batch = new DocumentBatch();
  for (let at = 0; at < chunk.length; ) {
    at = splitter.read(chunk, at, batch);
    if (batch.isFull) yield batch.take();
  }
  if (!batch.isEmpty) yield batch.take();
}

function* splitEnd(splitter: Splitter): Generator<Document[]> {
  const batch = new DocumentBatch();
  splitter.end(batch);
  if (!batch.isEmpty) yield batch.take();
}

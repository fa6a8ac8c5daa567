/** The document being read: its bytes as long as they are within the bound, and only their number beyond it. */
import { skipBlank, trimBlank } from "./bytes.js";
import type { Document } from "./document.js";
import { HeldBytes } from "./held-bytes.js";

const NOTHING = Buffer.alloc(0);

export class PartialDocument {
  readonly #held = new HeldBytes();
  /** From the first byte that is not blank. */
  #seenBytes = 0;
  /** The same up to the last byte that is not blank: blanks count only when more follows them. */
  #sizeBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Takes bytes of a document that goes on in the next chunk. */
  append(chunk: Buffer, from: number, to: number): void {
    const start = this.#seenBytes === 0 ? skipBlank(chunk, from, to) : from;
    const end = trimBlank(chunk, start, to);
    if (end > start) this.#sizeBytes = this.#seenBytes + end - start;
    this.#seenBytes += to - start;
    if (this.#sizeBytes > this.maxBytes) {
      this.#held.take();
      return;
    }
    const room = this.maxBytes - this.#held.sizeBytes;
    this.#held.append(chunk, start, Math.min(to, start + room));
  }

  /** Ends the document with these last bytes; undefined when it was all blank. */
  complete(line: number, chunk: Buffer, from: number, to: number): Document | undefined {
    if (this.#seenBytes === 0) {
      const start = skipBlank(chunk, from, to);
      const end = trimBlank(chunk, start, to);
      return this.#document(line, chunk.subarray(start, end), end - start);
    }
    this.append(chunk, from, to);
    const sizeBytes = this.#sizeBytes;
    const body = this.#held.take().subarray(0, sizeBytes);
    this.#seenBytes = 0;
    this.#sizeBytes = 0;
    return this.#document(line, body, sizeBytes);
  }

  /** Ends the document where the input ends. */
  completeAtEnd(line: number): Document | undefined {
    return this.complete(line, NOTHING, 0, 0);
  }

  #document(line: number, body: Buffer, sizeBytes: number): Document | undefined {
    if (sizeBytes === 0) return undefined;
    if (sizeBytes > this.maxBytes) return { line, problem: "too-large", sizeBytes };
    return { line, body };
  }
}

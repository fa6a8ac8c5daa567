/** Tells NDJSON from a sequence of JSON texts by the beginning of an input. */
import { COMMA, isBlank, isOpening, NEWLINE, OPENING_BRACE, OPENING_BRACKET, skipBlank } from "./bytes.js";
import { HeldBytes } from "./held-bytes.js";
import { Lexer } from "./lexer.js";

/** `lines` is NDJSON; `sequence` is arrays, whose elements are the documents, and single texts, one after another. */
export type Form = "lines" | "sequence";

/**
 * An array is a sequence. Otherwise the first line decides: NDJSON when its brackets balance, or when the next line that is not
 * blank begins with a brace at column 0 (the first one is broken, then); else it is pretty-printed. What is undecided after
 * `maxDocumentBytes` is NDJSON: pretty-printing breaks its lines early, and the document in question is too large in any case.
 */
export class FormDetector {
  readonly #head = new HeldBytes();
  readonly #lexer = new Lexer();
  #line = 1;
  /** Since the first byte that is not blank; undefined before it. */
  #seenBytes: number | undefined;
  #depth = 0;
  #hasStrayBracket = false;
  /** After the first line, when it did not balance: whether the byte to come is at column 0. */
  #isAtColumn0: boolean | undefined;

  constructor(private readonly maxDocumentBytes: number) {}

  /** The line on which `takeHead` begins. */
  get line(): number {
    return this.#line;
  }

  /** What was read before the chunk that decided, blank chunks at the start left out. */
  takeHead(): Buffer {
    return this.#head.take();
  }

  /** Gives the form, or undefined and keeps the chunk when more is needed. */
  look(chunk: Buffer): Form | undefined {
    const form = this.#decide(chunk);
    if (form !== undefined) return form;
    if (this.#seenBytes === undefined) this.#line += countNewlines(chunk);
    else this.#head.append(chunk, 0, chunk.length);
    return undefined;
  }

  /** Gives the form of an input that ends here. */
  end(): Form {
    return this.#isAtColumn0 === undefined && this.#isBalanced ? "lines" : "sequence";
  }

  get #isBalanced(): boolean {
    const { isInString } = this.#lexer;
    return this.#depth === 0 && !this.#hasStrayBracket && !isInString;
  }

  #decide(chunk: Buffer): Form | undefined {
    let start = 0;
    if (this.#seenBytes === undefined) {
      start = skipBlank(chunk, 0, chunk.length);
      if (start === chunk.length) return undefined;
      if (chunk[start] === OPENING_BRACKET) return "sequence";
      this.#seenBytes = 0;
    }
    const at = this.#decidingByte(chunk, start);
    this.#seenBytes += at - start;
    // Counted from the first byte, so that the answer is the same however the input is cut into chunks.
    if (this.#seenBytes > this.maxDocumentBytes) return "lines";
    if (at === chunk.length) return undefined;
    if (this.#isAtColumn0 === undefined) return "lines";
    return this.#isAtColumn0 && chunk[at] === OPENING_BRACE ? "lines" : "sequence";
  }

  /** The newline of a balanced first line, or the first byte that is not blank after any other; else the chunk's length. */
  #decidingByte(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#isAtColumn0 === undefined) {
      at = this.#endOfLine(chunk, from);
      if (at === chunk.length) return at;
      if (this.#isBalanced && this.#lexer.stoppedOutsideFirst) return at;
      this.#isAtColumn0 = true;
      at++;
    }
    for (; at < chunk.length && isBlank(chunk[at]); at++) this.#isAtColumn0 = chunk[at] === NEWLINE;
    return at;
  }

  #endOfLine(chunk: Buffer, from: number): number {
    let at = this.#lexer.next(chunk, from);
    for (; at < chunk.length; at = this.#lexer.next(chunk, at + 1)) {
      const byte = chunk[at];
      if (byte === NEWLINE) break;
      if (isOpening(byte)) this.#depth++;
      else if (byte === COMMA) continue;
      else if (this.#depth === 0) this.#hasStrayBracket = true;
      else this.#depth--;
    }
    return at;
  }
}

function countNewlines(chunk: Buffer): number {
  let count = 0;
  for (const byte of chunk) if (byte === NEWLINE) count++;
  return count;
}

/** JSON texts one after another, and the elements of arrays among them, cut apart by counting brackets. */
import type { DocumentBatch } from "./batch.js";
import { CLOSING_BRACKET, COMMA, isBlank, isOpening, NEWLINE, OPENING_BRACKET } from "./bytes.js";
import { Lexer } from "./lexer.js";
import { OpenArray } from "./open-array.js";
import { PartialDocument } from "./partial-document.js";
import type { Splitter } from "./splitter.js";

/** `nested` begins with a bracket and ends with its counterpart; a `run` is anything else: a scalar, or garbage. */
type Place = "between" | "nested" | "run";

/**
 * Every byte is in a document, or blank, or a bracket or comma of an array where one belongs. What is broken is handed out like
 * anything else, for the JSON parser to refuse; as long as its own brackets balance it costs nothing around it.
 */
export class SequenceSplitter implements Splitter {
  readonly #document: PartialDocument;
  readonly #lexer = new Lexer();
  #place: Place = "between";
  #array: OpenArray | undefined;
  /** By the lexer's two readings; a document ends when it balances in either. */
  #firstDepth = 0;
  #secondDepth = 0;
  #line: number;
  #startLine: number;

  constructor(firstLine: number, maxDocumentBytes: number) {
    this.#line = firstLine;
    this.#startLine = firstLine;
    this.#document = new PartialDocument(maxDocumentBytes);
  }

  read(chunk: Buffer, from: number, batch: DocumentBatch): number {
    let at = from;
    while (at < chunk.length && !batch.isFull)
      at = this.#place === "between" ? this.#readBetween(chunk, at, batch) : this.#readDocument(chunk, at, batch);
    return at;
  }

  end(batch: DocumentBatch): void {
    batch.add(this.#document.completeAtEnd(this.#startLine));
    if (this.#array === undefined) return;
    batch.add({ line: this.#array.line, problem: "unterminated-array" });
  }

  /** Reads up to the next document, or until there is something to hand out. */
  #readBetween(chunk: Buffer, from: number, batch: DocumentBatch): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === NEWLINE) this.#line++;
      else if (isBlank(byte)) continue;
      else if (this.#array === undefined && byte === OPENING_BRACKET) this.#array = new OpenArray(this.#line);
      else if (this.#array !== undefined && byte === CLOSING_BRACKET) {
        batch.add(this.#array.close());
        this.#array = undefined;
        return at + 1;
      } else if (this.#array !== undefined && byte === COMMA) {
        batch.add(this.#array.comma(this.#line));
        return at + 1;
      } else {
        this.#begin(byte);
        return at;
      }
    }
    return chunk.length;
  }

  #begin(byte: number | undefined): void {
    this.#place = isOpening(byte) ? "nested" : "run";
    this.#firstDepth = 0;
    this.#secondDepth = 0;
    this.#lexer.reset();
    this.#startLine = this.#line;
    this.#array?.element();
  }

  #readDocument(chunk: Buffer, from: number, batch: DocumentBatch): number {
    const end = this.#place === "nested" ? this.#endOfNested(chunk, from) : this.#endOfRun(chunk, from);
    if (end === undefined) {
      this.#document.append(chunk, from, chunk.length);
      return chunk.length;
    }
    batch.add(this.#document.complete(this.#startLine, chunk, from, end));
    this.#place = "between";
    return end;
  }

  #endOfNested(chunk: Buffer, from: number): number | undefined {
    let at = this.#lexer.next(chunk, from);
    for (; at < chunk.length; at = this.#lexer.next(chunk, at + 1)) {
      const byte = chunk[at];
      if (byte === NEWLINE) this.#line++;
      else if (byte !== COMMA && this.#balances(isOpening(byte) ? 1 : -1)) return at + 1;
    }
    return undefined;
  }

  #balances(change: 1 | -1): boolean {
    if (this.#lexer.stoppedOutsideFirst) this.#firstDepth += change;
    if (this.#lexer.stoppedOutsideSecond) this.#secondDepth += change;
    return this.#firstDepth === 0 || this.#secondDepth === 0;
  }

  /** A run ends with its line at the latest: no scalar goes further, and garbage is reported line by line. */
  #endOfRun(chunk: Buffer, from: number): number | undefined {
    let at = this.#lexer.next(chunk, from);
    for (; at < chunk.length; at = this.#lexer.next(chunk, at + 1)) {
      const byte = chunk[at];
      if (byte === NEWLINE || isOpening(byte)) return at;
      if (this.#array === undefined) continue;
      if (byte === COMMA || byte === CLOSING_BRACKET) return at;
    }
    return undefined;
  }
}

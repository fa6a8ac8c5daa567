/** The array whose elements are being read: which of its commas separate them, and which are too many. */
import type { Document } from "./document.js";

export class OpenArray {
  #followsElement = false;
  /** A comma after an element, as long as no other element has come: before the closing bracket it is too many. */
  #commaLine: number | undefined;

  constructor(readonly line: number) {}

  /** An element begins; that it follows another without a comma is nothing lost. */
  element(): void {
    this.#followsElement = true;
    this.#commaLine = undefined;
  }

  /** A comma; given back as a document when there is nothing before it to separate. */
  comma(line: number): Document | undefined {
    const separates = this.#followsElement;
    this.#followsElement = false;
    if (separates || this.#commaLine !== undefined) this.#commaLine = line;
    return separates ? undefined : commaAt(line);
  }

  /** The closing bracket; gives back the comma before it, if any. */
  close(): Document | undefined {
    return this.#commaLine === undefined ? undefined : commaAt(this.#commaLine);
  }
}

function commaAt(line: number): Document {
  return { line, body: Buffer.from(",") };
}

/** Documents gathered to be handed out together, bounded in number and bytes. */
import type { Document } from "./document.js";

const MAX_DOCUMENTS = 1_000;
const FULL_BYTES = 1024 * 1024;

export class DocumentBatch {
  #documents: Document[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#documents.length === 0;
  }

  /** True once there is enough; the last document may exceed the bytes, so that one of any size fits. */
  get isFull(): boolean {
    return this.#documents.length >= MAX_DOCUMENTS || this.#bytes >= FULL_BYTES;
  }

  add(document: Document | undefined): void {
    if (document === undefined) return;
    this.#documents.push(document);
    if ("body" in document) this.#bytes += document.body.length;
  }

  take(): Document[] {
    const taken = this.#documents;
    this.#documents = [];
    this.#bytes = 0;
    return taken;
  }
}

/** Bytes kept from one chunk to the next: copied, so that a million tiny chunks cost no more than their bytes. */

const NOTHING = Buffer.alloc(0);

export class HeldBytes {
  #bytes = NOTHING;
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(chunk: Buffer, from: number, to: number): void {
    const sizeBytes = this.#sizeBytes + to - from;
    if (sizeBytes > this.#bytes.length) this.#grow(sizeBytes);
    chunk.copy(this.#bytes, this.#sizeBytes, from, to);
    this.#sizeBytes = sizeBytes;
  }

  /** Gives the bytes away and starts again empty. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#sizeBytes);
    this.#bytes = NOTHING;
    this.#sizeBytes = 0;
    return taken;
  }

  #grow(sizeBytes: number): void {
    const grown = Buffer.allocUnsafe(Math.max(sizeBytes, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#sizeBytes);
    this.#bytes = grown;
  }
}

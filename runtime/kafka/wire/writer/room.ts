/** The bound on what a writer holds: who comes when it is full waits, in the order of arrival. */

export class Room {
  readonly #maxBytes: number;
  #usedBytes = 0;
  readonly #waiting: { readonly bytes: number; readonly enter: () => void; readonly refuse: (error: Error) => void }[] =
    [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Takes the bytes if there is room now and nobody waits. What is larger than the whole room goes in alone. */
  tryEnter(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Waits for room. @throws what `refuseAll` was given */
  enter(bytes: number): Promise<void> {
    return new Promise((enter, refuse) => this.#waiting.push({ bytes, enter, refuse }));
  }

  leave(bytes: number): void {
    this.#usedBytes -= bytes;
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#usedBytes += next.bytes;
      next.enter();
    }
  }

  refuseAll(error: Error): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(error);
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#maxBytes;
  }
}

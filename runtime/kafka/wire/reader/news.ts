/** Lets callers wait until there is something to look at. */

export class News {
  readonly #waiting = new Set<() => void>();

  tell(): void {
    for (const heard of this.#waiting) heard();
  }

  /** Resolves at the next `tell`, or when the signal says that nobody waits any more. */
  next(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const heard = () => {
        signal?.removeEventListener("abort", heard);
        this.#waiting.delete(heard);
        resolve();
      };
      signal?.addEventListener("abort", heard, { once: true });
      this.#waiting.add(heard);
    });
  }
}

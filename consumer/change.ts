/** Wakes what waits for something to look at, by a signal: the one thing that can be waited for together with a page. */

export class Change {
  #next = new AbortController();

  /** Aborted at the next {@link tell}. Take it before looking, so that nothing is missed. */
  get signal(): AbortSignal {
    return this.#next.signal;
  }

  tell(): void {
    const told = this.#next;
    this.#next = new AbortController();
    told.abort();
  }
}

/** Resolves when the signal is aborted, or at once when it is. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

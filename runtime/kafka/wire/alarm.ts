/** A timer that rings once, at the earliest of the times it was set to. */

export class Alarm {
  readonly #ring: () => void;
  #set: { readonly timer: NodeJS.Timeout; readonly atMs: number } | null = null;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** @param atMs as `performance.now()` says it; infinity is never */
  setTo(atMs: number): void {
    if (!Number.isFinite(atMs) || (this.#set !== null && this.#set.atMs <= atMs)) return;
    this.clear();
    const timer = setTimeout(() => {
      this.#set = null;
      this.#ring();
    }, atMs - performance.now());
    this.#set = { timer, atMs };
  }

  clear(): void {
    if (this.#set !== null) clearTimeout(this.#set.timer);
    this.#set = null;
  }
}

/** Wakes who waits for work. A wake-up that comes while nobody waits is kept. */
export class Signal {
  private woken = false;
  private waiting: (() => void) | null = null;

  wake(): void {
    this.woken = true;
    this.waiting?.();
    this.waiting = null;
  }

  /** Resolves at the next wake-up, or at once when there was one since the last wait. One waits at a time. */
  async wait(): Promise<void> {
    if (!this.woken) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    this.woken = false;
  }
}

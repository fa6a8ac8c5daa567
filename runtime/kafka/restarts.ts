/** How often something may be started anew before that is given up. */

const WINDOW_MS = 10 * 60_000;

export class Restarts {
  private times: number[] = [];

  /** @param most within ten minutes. */
  constructor(
    private readonly most: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Counts one, unless it would be too many. */
  mayRestart(): boolean {
    const now = this.nowMs();
    this.times = this.times.filter((time) => now - time < WINDOW_MS);
    if (this.times.length >= this.most) return false;
    this.times.push(now);
    return true;
  }
}

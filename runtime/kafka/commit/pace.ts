/** When a checkpoint is due. */

export interface PaceSettings {
  /** Under load, checkpoints are so far apart at least (ms). */
  readonly intervalMs: number;
  /** Of the time, at most so much is to go into checkpoints while records wait. From 0 to 1. */
  readonly maxShare: number;
}

/** Of a new measurement: some ten checkpoints change the estimate. */
const WEIGHT = 0.2;

export class Pace {
  private costMs = 0;
  private lastBeganMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly settings: PaceSettings) {}

  /** Under load, the time from the beginning of one checkpoint to that of the next (ms): longer when they are dear. */
  get spacingMs(): number {
    const { intervalMs, maxShare } = this.settings;
    return Math.max(intervalMs, this.costMs / maxShare);
  }

  /** How long until the next one is due, when more records wait to be processed (ms); 0 or less: it is due. */
  dueInMs(nowMs: number): number {
    return this.lastBeganMs + this.spacingMs - nowMs;
  }

  began(nowMs: number): void {
    this.lastBeganMs = nowMs;
  }

  /** @param costMs what the last one took. */
  ended(costMs: number): void {
    this.costMs += (costMs - this.costMs) * (this.costMs === 0 ? 1 : WEIGHT);
  }
}

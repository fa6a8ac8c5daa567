/** Runs something several times and prints the median: machines are shared and noisy. */

export interface Measured {
  readonly medianPerSecond: number;
  readonly perSecond: readonly number[];
}

/** @param run does the work once and says how many units it did. */
export function measure(runs: number, run: () => number): Measured {
  const perSecond: number[] = [];
  for (let count = 0; count < runs; count++) {
    const startedMs = performance.now();
    const units = run();
    perSecond.push(units / ((performance.now() - startedMs) / 1_000));
  }
  return { medianPerSecond: median(perSecond), perSecond };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function formatRate({ medianPerSecond, perSecond }: Measured, unit: string): string {
  const all = perSecond.map((rate) => Math.round(rate).toLocaleString("en-US")).join(", ");
  return `${Math.round(medianPerSecond).toLocaleString("en-US")} ${unit}/s (median of ${all})`;
}

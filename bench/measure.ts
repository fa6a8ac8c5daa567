/** Medians of several runs: machines are shared and noisy. */

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** @param perSecond the rate of each run. */
export function formatRate(perSecond: readonly number[], unit: string): string {
  const all = perSecond.map(formatNumber).join(", ");
  return `${formatNumber(median(perSecond))} ${unit}/s (median of ${all})`;
}

export function formatNumber(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

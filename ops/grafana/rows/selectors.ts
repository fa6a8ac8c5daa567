/** Selectors and quantiles that the rows share. */

/** What is chosen above the dashboard. */
export const OF_JOB = 'job=~"$job"';
export const OF_SOURCE = `${OF_JOB}, source=~"$source"`;

/** Of a histogram, over all instances. */
export function quantile(q: number, histogram: string): string {
  return `histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket{${OF_JOB}}[$__rate_interval])))`;
}

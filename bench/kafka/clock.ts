/** The time as all processes of a machine have it, finer than a millisecond (epoch ms). */
export function clockMs(): number {
  return performance.timeOrigin + performance.now();
}

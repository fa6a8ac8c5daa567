/** A log that says the same thing again only now and then: what cannot be reached is tried many times a second. */
import type { EngineLog } from "./engine-options.js";

const AGAIN_AFTER_MS = 10_000;
const MAX_KEPT = 100;

export function quietLog(log: EngineLog, nowMs: () => number = () => performance.now()): EngineLog {
  const said = new Map<string, { atMs: number; since: number }>();
  return (level, message, fields) => {
    const now = nowMs();
    const before = said.get(message);
    if (before !== undefined && now - before.atMs < AGAIN_AFTER_MS) {
      before.since += 1;
      return;
    }
    if (said.size >= MAX_KEPT) said.clear();
    said.set(message, { atMs: now, since: 0 });
    const since = before?.since ?? 0;
    log(level, since === 0 ? message : `${message} (and ${since} times since this was said last)`, fields);
  };
}

/** Says in the log that requests are rejected, at most once in a while for each source and reason: floods do not fill disks. */
import type { Source } from "../../schemas/index.js";
import type { RejectionCode } from "./rejection.js";

const SAY_EVERY_MS = 10_000;

export interface RejectedRequests {
  readonly source: Source;
  readonly reason: RejectionCode;
  /** How many since it was said last. */
  readonly count: number;
  /** The address that the last of them came from. */
  readonly lastFrom: string;
}

export class RejectionLog {
  private readonly series = new Map<string, { count: number; saidAtMs: number }>();

  constructor(
    private readonly say: (rejected: RejectedRequests) => void,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  add(source: Source, reason: RejectionCode, from: string): void {
    const name = `${source}/${reason}`;
    const found = this.series.get(name) ?? { count: 0, saidAtMs: Number.NEGATIVE_INFINITY };
    this.series.set(name, found);
    found.count += 1;
    const nowMs = this.nowMs();
    if (nowMs - found.saidAtMs < SAY_EVERY_MS) return;
    this.say({ source, reason, count: found.count, lastFrom: from });
    found.count = 0;
    found.saidAtMs = nowMs;
  }
}

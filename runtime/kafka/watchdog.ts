/** Looks that whoever has work makes progress, and that whoever has none still is a member of its group. */
import { asError, StalledError } from "./engine-errors.js";

export interface Watched {
  readonly subTopology: string;
  readonly hasWork: boolean;
  readonly isReady: boolean;
  /** What it has to do, for people. */
  readonly work: string;
  /** When it last made progress (ms, monotonic). */
  readonly progressMs: number;
  /** @throws when it is no member, or nobody can say */
  checkMembership(): Promise<void>;
  abandon(error: Error): void;
}

export interface WatchdogSettings {
  readonly stallTimeoutMs: number;
  /** Default: 1 s. */
  readonly lookEveryMs?: number;
  /** How often an idle member is asked whether it still is one. Default: 10 s. */
  readonly checkMemberEveryMs?: number;
  readonly nowMs?: () => number;
}

/** A look that comes so much later than it was to: the process stood still, or the machine slept. Nobody could make progress. */
const STOOD_STILL_MS = 2_000;

export class Watchdog {
  private readonly settings: Required<WatchdogSettings>;
  private timer: NodeJS.Timeout | null = null;
  /** Nobody is blamed for what was before. */
  private since = 0;
  private lastLookMs = 0;
  private readonly checked = new Map<Watched, number>();

  constructor(
    private readonly watched: () => readonly Watched[],
    settings: WatchdogSettings,
  ) {
    this.settings = {
      lookEveryMs: 1_000,
      checkMemberEveryMs: 10_000,
      nowMs: () => performance.now(),
      ...settings,
    };
  }

  start(): void {
    const { nowMs, lookEveryMs } = this.settings;
    this.since = nowMs();
    this.lastLookMs = nowMs();
    this.timer = setInterval(() => this.look(), lookEveryMs);
    this.timer.unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private look(): void {
    const { nowMs, lookEveryMs, stallTimeoutMs } = this.settings;
    const now = nowMs();
    if (now - this.lastLookMs > lookEveryMs + STOOD_STILL_MS) this.since = now;
    this.lastLookMs = now;
    const watched = this.watched();
    for (const one of this.checked.keys()) if (!watched.includes(one)) this.checked.delete(one);
    for (const one of watched) {
      const stoodMs = now - Math.max(one.progressMs, this.since);
      if (one.hasWork && stoodMs > stallTimeoutMs) {
        one.abandon(
          new StalledError(
            `${one.subTopology} has made no progress for ${Math.round(stoodMs / 1_000)} s, and ${one.work}: ` +
              "look whether the brokers answer and have room, and whether the schema registry does",
          ),
        );
      } else if (!one.hasWork) this.checkMember(one, now);
    }
  }

  private checkMember(one: Watched, now: number): void {
    if (now - Math.max(one.progressMs, this.checked.get(one) ?? 0) < this.settings.checkMemberEveryMs) return;
    this.checked.set(one, now);
    one.checkMembership().catch((error: unknown) => {
      // It may have found out by itself meanwhile.
      if (!one.isReady || this.timer === null) return;
      const because = asError(error).message;
      one.abandon(
        new StalledError(`${one.subTopology} has no work, and is not heard as a member: ${because}`, { cause: error }),
      );
    });
  }
}

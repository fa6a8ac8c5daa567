/** What `/healthz` and `/readyz` say of an instance, all the time. */
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { until } from "../../../support/kafka/index.js";
import type { RunningService } from "../../../support/service.js";

export interface Health {
  /** Of `/healthz`; null: nobody answers. */
  readonly lives: boolean | null;
  /** Of `/readyz`. */
  readonly ready: boolean | null;
}

export interface HealthChange extends Health {
  /** Since the watch began. */
  readonly afterMs: number;
}

const LOOK_EVERY_MS = 50;
/** So long nobody answers only when the process stands still; what is merely slow is not taken for that. */
const ANSWER_WITHIN_MS = 5_000;
const BECOMES_WITHIN_MS = 30_000;

/** Looks until the test is finished. */
export class HealthWatch {
  /** Each time that something has changed. */
  readonly changes: HealthChange[] = [];
  private readonly beganMs = performance.now();
  private over = false;

  private constructor(private readonly url: string) {
    onTestFinished(() => {
      this.over = true;
    });
    void this.look();
  }

  static async of(service: RunningService): Promise<HealthWatch> {
    return new HealthWatch(await addressOf(service));
  }

  get now(): Health {
    return this.changes.at(-1) ?? { lives: null, ready: null };
  }

  /** In the order in which it was so. */
  get readiness(): (boolean | null)[] {
    return this.changes.map(({ ready }) => ready).filter((ready, index, all) => ready !== all[index - 1]);
  }

  /** @returns after how long (ms). @throws when it does not become so in time */
  async becomes(ready: boolean | null, withinMs = BECOMES_WITHIN_MS): Promise<number> {
    const beganMs = performance.now();
    if (await until(() => this.now.ready === ready && this.changes.length > 0, withinMs))
      return performance.now() - beganMs;
    throw new Error(`readiness has not become ${ready} within ${withinMs} ms: ${JSON.stringify(this.changes)}`);
  }

  private async look(): Promise<void> {
    while (!this.over) {
      const [lives, ready] = await Promise.all([asked(`${this.url}/healthz`), asked(`${this.url}/readyz`)]);
      const { now } = this;
      if (this.changes.length === 0 || now.lives !== lives || now.ready !== ready)
        this.changes.push({ lives, ready, afterMs: Math.round(performance.now() - this.beganMs) });
      await delay(LOOK_EVERY_MS);
    }
  }
}

/** As `http://host:port`, as soon as it listens. */
export async function addressOf(service: RunningService): Promise<string> {
  const line = await service.said('"http":"');
  return `http://${(JSON.parse(line) as { http: string }).http}`;
}

async function asked(url: string): Promise<boolean | null> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).ok;
  } catch {
    return null;
  }
}

/** Retrying within one bounded time: what is retried, with which pauses, and when it is given up. */
import { setTimeout as delay } from "node:timers/promises";
import { RetriableError } from "./error-codes.js";
import { ClosedError, ConnectionError, DeadlineError } from "./errors.js";

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 500;

/** A moment after which nothing is tried again. */
export class Deadline {
  readonly #from = performance.now();
  readonly #afterMs: number;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  get passed(): boolean {
    return this.leftMs <= 0;
  }

  get leftMs(): number {
    return this.#from + this.#afterMs - performance.now();
  }

  get elapsedMs(): number {
    return performance.now() - this.#from;
  }
}

/** Pauses that double, with a random part so that many who fail together do not come back together. */
export class Backoff {
  #pauseMs = FIRST_PAUSE_MS;
  readonly #longestMs: number;

  constructor(longestMs = LONGEST_PAUSE_MS) {
    this.#longestMs = longestMs;
  }

  nextMs(): number {
    const pauseMs = this.#pauseMs * (0.75 + Math.random() / 2);
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#longestMs);
    return pauseMs;
  }

  reset(): void {
    this.#pauseMs = FIRST_PAUSE_MS;
  }
}

/** Whether the same may be tried again. */
export function isRetriable(error: unknown): error is RetriableError | ConnectionError {
  return error instanceof RetriableError || error instanceof ConnectionError;
}

export interface RetryOptions {
  /** What is being done, for the error. */
  readonly what: string;
  readonly deadline: Deadline;
  /** Before each new try, with what the last one failed with. */
  readonly recover?: (error: RetriableError | ConnectionError) => Promise<void> | void;
  /** Default: 500 ms. */
  readonly longestPauseMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Tries until it works, fails with an error that no retry cures, or the deadline passes: even in the middle of an attempt, which
 * then goes on unheeded.
 * @throws DeadlineError, ClosedError when the signal says so, and whatever `attempt` throws that is not to be retried
 */
export async function retrying<T>(
  { what, deadline, recover, longestPauseMs, signal }: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  const backoff = new Backoff(longestPauseMs);
  let last: unknown = null;
  for (;;) {
    if (signal?.aborted) throw new ClosedError(`${what}: stopped`);
    try {
      return await within(deadline, attempt(), () => new DeadlineError(what, deadline.elapsedMs, last));
    } catch (error) {
      if (!isRetriable(error)) throw error;
      last = error;
      const pauseMs = backoff.nextMs();
      if (deadline.leftMs <= pauseMs) throw new DeadlineError(what, deadline.elapsedMs, error);
      await delay(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
      const recovered = Promise.resolve(recover?.(error));
      await within(deadline, recovered, () => new DeadlineError(what, deadline.elapsedMs, error));
    }
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What the promise comes to, unless the deadline passes first: a broker that hangs must not hold up whoever has a deadline. */
async function within<T>(deadline: Deadline, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    // A turn later: after the process was blocked, what has arrived meanwhile is read first.
    const giveUp = () => setImmediate(() => reject(late()));
    timer = setTimeout(giveUp, Math.min(Math.max(deadline.leftMs, 0), LONGEST_TIMER_MS));
  });
  try {
    return await Promise.race([promise, passed]);
  } finally {
    clearTimeout(timer);
  }
}

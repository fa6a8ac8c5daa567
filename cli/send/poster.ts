/** Posts signed bodies to a service's webhook endpoint, again and again while it says that it cannot take them now. */
import { setTimeout as delay } from "node:timers/promises";
import { SCHEMES } from "../../ingress/webhooks/index.js";
import type { Source } from "../../schemas/index.js";
import { printable } from "../output/text.js";
import { jsonOf, problemOf, reasonOf } from "../service-http.js";

export interface PosterSettings {
  readonly endpoint: URL;
  readonly source: Source;
  /** Null: bodies go unsigned. */
  readonly secret: string | null;
  /** How often a body is posted before it is given up. */
  readonly maxTries: number;
}

export type Posted =
  | { readonly kind: "accepted"; readonly tries: number }
  /** This body will never be taken; others may. */
  | { readonly kind: "refused"; readonly why: string }
  /** Nothing will be: the secret is wrong, the source is not served, or nobody is there. */
  | { readonly kind: "hopeless"; readonly why: string };

const ANSWER_WITHIN_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
const MS_PER_SECOND = 1_000;

/** Answers that are the same for every body. */
const HOPELESS: ReadonlySet<number> = new Set([401, 404]);
/** Answers after which the same body may be taken. */
const LATER: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

type Answer =
  | { readonly status: number; readonly retryAfterMs: number; readonly text: string }
  | { readonly status: null; readonly why: string };

export class Poster {
  constructor(private readonly settings: PosterSettings) {}

  async post(body: Uint8Array, signal: AbortSignal): Promise<Posted> {
    const { maxTries } = this.settings;
    for (let tries = 1; ; tries += 1) {
      const answer = await this.ask(body);
      if (answer.status === 202) return { kind: "accepted", tries };
      const why = describe(answer);
      if (answer.status !== null && !LATER.has(answer.status))
        return { kind: HOPELESS.has(answer.status) ? "hopeless" : "refused", why };
      if (tries >= maxTries || signal.aborted) return { kind: "hopeless", why: `${why} (tried ${tries} times)` };
      await delay(pauseMs(tries, answer), undefined, { signal }).catch(() => undefined);
    }
  }

  private async ask(body: Uint8Array): Promise<Answer> {
    const { endpoint, source, secret } = this.settings;
    const { header, sign } = SCHEMES[source];
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(secret === null ? {} : { [header]: sign(body, secret) }),
        },
        body: Buffer.from(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const retryAfterMs = Number(response.headers.get("retry-after") ?? 0) * MS_PER_SECOND;
      return { status: response.status, retryAfterMs, text: await response.text() };
    } catch (error) {
      return { status: null, why: reasonOf(error, ANSWER_WITHIN_MS) };
    }
  }
}

function describe(answer: Answer): string {
  if (answer.status === null) return `no answer: ${answer.why}`;
  const problem = problemOf(jsonOf(answer.text));
  return problem === null
    ? `status ${answer.status}`
    : `status ${answer.status} ${printable(problem.code)}: ${printable(problem.message)}`;
}

/** Doubled from try to try, and never before the service asked for it; half of it is chance, so that senders spread. */
function pauseMs(tries: number, answer: Answer): number {
  const doubledMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 10));
  const askedMs = answer.status === null || !(answer.retryAfterMs > 0) ? 0 : answer.retryAfterMs;
  return Math.min(LONGEST_PAUSE_MS, Math.max(askedMs, doubledMs / 2)) + (Math.random() * doubledMs) / 2;
}

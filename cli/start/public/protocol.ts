/** What the two threads of the service say to one another: the main one, and that of the public listener. */
import type { ListenerOptions } from "../../../console/index.js";
import type { WebhookSettings } from "../../../ingress/webhooks/index.js";

/** What the thread is started with. */
export interface ThreadSettings {
  readonly webhooks: WebhookSettings;
  readonly listener: ListenerOptions;
}

/** How the main thread is, told several times a second: silence is an answer, too. */
export interface HealthNews {
  readonly state: string;
  readonly isReady: boolean;
  readonly tasks: readonly { readonly state: string; readonly lag: number }[];
}

/** What the public listener's thread is asked. */
export const THREAD = { open: "open", close: "close", metrics: "metrics", health: "health" } as const;
/** What the main thread is asked and told by it. */
export const MAIN = {
  append: "append",
  assignment: "assignment",
  timeline: "timeline",
  rejected: "rejected",
  writeFailed: "writeFailed",
  requestFailed: "requestFailed",
} as const;

/** Between two news of the health. */
export const HEALTH_EVERY_MS = 50;
/** Without any news for so long, the main thread stands still: the process is not healthy. */
export const STALLED_AFTER_MS = 10_000;

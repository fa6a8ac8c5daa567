/** The metrics of the webhooks (contracts, "Metrics"). */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { SOURCES, type Source } from "../../schemas/index.js";
import type { Budget } from "./budget.js";

/** Seconds. From a fast disk's sync to a sender that gives up. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class WebhookMetrics {
  private readonly requests: Counter<"source" | "status">;
  private readonly duration: Histogram;
  /** Not counted yet: in an overload, counting them one by one would cost as much as reading them. */
  private readonly uncounted = new Map<Source, number>();

  constructor(registry: Registry, budget: Budget) {
    const registers = [registry];
    const countSentAway = () => this.countSentAway();
    this.requests = new Counter({
      name: "queue_ratchet_webhook_requests_total",
      help: "Requests to the webhook endpoints, by the status of their answer.",
      labelNames: ["source", "status"],
      registers,
      collect: countSentAway,
    });
    this.duration = new Histogram({
      name: "queue_ratchet_webhook_duration_seconds",
      help: "From when the head of a webhook's request was read to when it was answered; without those that were sent away at once.",
      buckets: DURATION_BUCKETS,
      registers,
    });
    new Gauge({
      name: "queue_ratchet_webhook_queue_bytes",
      help: "Bodies of webhooks that are being received or not durable yet.",
      registers,
      collect() {
        this.set(budget.usedBytes);
      },
    });
    new Gauge({
      name: "queue_ratchet_webhook_queue_limit_bytes",
      help: "What they may take up; beyond it the answer is 503.",
      registers,
    }).set(budget.limits.maxBytes);
    // A series that begins with its first count hides that count from rate() and increase().
    for (const source of SOURCES)
      for (const status of [202, 401, 413, 415, 503]) this.requests.inc({ source, status }, 0);
  }

  answered(source: Source, status: number, durationMs: number): void {
    this.requests.inc({ source, status });
    this.duration.observe(durationMs / 1_000);
  }

  /** With 503, before anything was done for it. */
  sentAway(source: Source): void {
    this.uncounted.set(source, (this.uncounted.get(source) ?? 0) + 1);
  }

  private countSentAway(): void {
    for (const [source, count] of this.uncounted) this.requests.inc({ source, status: 503 }, count);
    this.uncounted.clear();
  }
}

/** The metrics of the webhooks (contracts, "Metrics"). */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { SOURCES, type Source } from "../../schemas/index.js";
import type { Budget } from "./budget.js";

/** Seconds. From a fast disk's sync to a sender that gives up. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class WebhookMetrics {
  private readonly requests: Counter<"source" | "status">;
  private readonly duration: Histogram;

  constructor(registry: Registry, budget: Budget) {
    const registers = [registry];
    this.requests = new Counter({
      name: "queue_ratchet_webhook_requests_total",
      help: "Requests to the webhook endpoints, by the status of their answer.",
      labelNames: ["source", "status"],
      registers,
    });
    this.duration = new Histogram({
      name: "queue_ratchet_webhook_duration_seconds",
      help: "From when the head of a webhook's request was read to when it was answered.",
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
}

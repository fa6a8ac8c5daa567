/** What comes in over HTTP, and what is refused. */
import type { Row } from "../layout.js";
import { lines } from "../panels.js";
import { OF_JOB, OF_SOURCE, quantile } from "./selectors.js";

export const WEBHOOKS: Row = {
  title: "Webhooks",
  height: 8,
  panels: [
    {
      width: 8,
      panel: lines(
        {
          title: "Requests by status",
          description:
            "Per second. 202: durable. 401, 404, 413, 415: rejected. 429, 503: turned away, to come again. 400: the sender has gone.",
          unit: "reqps",
        },
        [
          {
            expr: `sum by (source, status) (rate(queue_ratchet_webhook_requests_total{${OF_SOURCE}}[$__rate_interval])) > 0`,
            legend: "{{source}} {{status}}",
          },
        ],
        { stacked: true },
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Duration",
          description: "From a request's head to its answer; of accepted ones, most of it is making them durable.",
          unit: "s",
        },
        [0.5, 0.99].map((q) => ({
          expr: quantile(q, "queue_ratchet_webhook_duration_seconds"),
          legend: `p${q * 100}`,
        })),
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Bodies that are not durable yet",
          description: "By instance, and the limit (--max-queued-mb) beyond which the answer is 503.",
          unit: "bytes",
        },
        [
          { expr: `queue_ratchet_webhook_queue_bytes{${OF_JOB}}`, legend: "{{instance}}" },
          { expr: `queue_ratchet_webhook_queue_limit_bytes{${OF_JOB}}`, legend: "{{instance}}, limit" },
        ],
      ),
    },
  ],
};

/** What is decided: how much, with what result, and how much of it is stale beside the usual. */
import type { Row } from "../layout.js";
import { lines } from "../panels.js";
import { OF_SOURCE, quantile } from "./selectors.js";

const USUAL = "source_reason:queue_ratchet_stale_drops_per_decisions:ratio_rate1h_avg1d";

export const DECISIONS: Row = {
  title: "Decisions",
  height: 8,
  panels: [
    {
      width: 8,
      panel: lines(
        {
          title: "Decisions by class",
          description:
            "Per second. emitted: a record went to queue-assignments; kept: nothing changed; echo: a copy of a decision that stands; stale: dropped; duplicate: seen before.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (class) (rate(queue_ratchet_decisions_total{${OF_SOURCE}}[$__rate_interval]))`,
            legend: "{{class}}",
          },
        ],
        { stacked: true },
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Share of decisions that drop a stale write",
          description: "By source, over five minutes and over an hour.",
          unit: "percentunit",
        },
        [
          {
            expr: `source:queue_ratchet_stale_drops_per_decisions:ratio_rate5m{${OF_SOURCE}}`,
            legend: "{{source}}, 5 min",
          },
          {
            expr: `source:queue_ratchet_stale_drops_per_decisions:ratio_rate1h{${OF_SOURCE}}`,
            legend: "{{source}}, 1 h",
          },
        ],
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "The same by reason, beside the usual",
          description:
            "The usual is the day before the last hour. Beyond three times the usual, and five drops in five minutes, QueueRatchetStaleDropsAboveUsual fires.",
          unit: "percentunit",
        },
        [
          {
            expr: `source_reason:queue_ratchet_stale_drops_per_decisions:ratio_rate5m{${OF_SOURCE}} > 0`,
            legend: "{{source}} {{reason}}",
          },
          { expr: `${USUAL}{${OF_SOURCE}} > 0`, legend: "{{source}} {{reason}}, usual" },
        ],
      ),
    },
    {
      width: 8,
      panel: lines(
        { title: "Events", description: "Per second, of the joined topics, by source and entity.", unit: "cps" },
        [
          {
            expr: `sum by (source, entity) (rate(queue_ratchet_events_total{${OF_SOURCE}}[$__rate_interval]))`,
            legend: "{{source}} {{entity}}",
          },
        ],
        { stacked: true },
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Assignments emitted",
          description:
            "Records per second to queue-assignments, the sync topic, by source; those that republish asked for apart.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (source) (rate(queue_ratchet_assignments_emitted_total{${OF_SOURCE}}[$__rate_interval]))`,
            legend: "{{source}}",
          },
          {
            expr: `sum by (source) (rate(queue_ratchet_republished_total{${OF_SOURCE}}[$__rate_interval])) > 0`,
            legend: "{{source}}, republished",
          },
        ],
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "From receipt to durable decision",
          description: "End to end, of events that were decided.",
          unit: "s",
        },
        [0.5, 0.95, 0.99].map((q) => ({
          expr: quantile(q, "queue_ratchet_end_to_end_latency_seconds"),
          legend: `p${q * 100}`,
        })),
      ),
    },
  ],
};

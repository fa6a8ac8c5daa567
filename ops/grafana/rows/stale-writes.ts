/** The first row: is a stale write being dropped right now, from which source, and how long are we behind. */
import type { Row } from "../layout.js";
import { lines, stat } from "../panels.js";
import { OF_JOB, OF_SOURCE } from "./selectors.js";

export const STALE_WRITES: Row = {
  title: "Is a stale write being dropped right now, from which source, how long are we behind?",
  height: 8,
  panels: [
    {
      width: 5,
      panel: stat(
        {
          title: "Is a stale write being dropped right now?",
          description: "Whether any was dropped in the last five minutes, of the sources chosen above.",
          unit: "short",
        },
        {
          expr: `sum(source_reason:queue_ratchet_stale_drops:rate5m{${OF_SOURCE}}) > bool 0`,
          legend: "dropped",
        },
        {
          steps: [[null, "green"]],
          mappings: [
            { value: "0", text: "no", color: "green" },
            { value: "1", text: "yes", color: "red" },
          ],
          noValue: "not scraped",
        },
      ),
    },
    {
      width: 11,
      panel: lines(
        {
          title: "From which source, and why",
          description:
            "Events dropped as stale per second, over five minutes. docs/runbook.md says what each reason means.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (source, reason) (source_reason:queue_ratchet_stale_drops:rate5m{${OF_SOURCE}}) > 0`,
            legend: "{{source}} {{reason}}",
          },
        ],
        { stacked: true },
      ),
    },
    {
      width: 4,
      panel: stat(
        {
          title: "How long are we behind?",
          description:
            "From an event's receipt to its durable decision: 99 of 100 took less, in the last five minutes. What is not decided yet is not in it: see what waits.",
          unit: "s",
        },
        {
          expr: `histogram_quantile(0.99, sum by (le) (rate(queue_ratchet_end_to_end_latency_seconds_bucket{${OF_JOB}}[5m]))) >= 0`,
          legend: "p99",
        },
        {
          steps: [
            [null, "green"],
            [5, "orange"],
            [60, "red"],
          ],
          noValue: "nothing decided",
        },
      ),
    },
    {
      width: 4,
      panel: stat(
        {
          title: "How many records wait?",
          description: "Records of all topics that their tasks have not committed.",
          unit: "short",
        },
        { expr: `sum(topic:queue_ratchet_consumer_lag_records:sum{${OF_JOB}})`, legend: "lag" },
        {
          steps: [
            [null, "green"],
            [1_000, "orange"],
            [100_000, "red"],
          ],
          noValue: "not scraped",
        },
      ),
    },
  ],
};

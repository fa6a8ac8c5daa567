/** What cannot be read, and what says nothing about assignments. */
import type { Row } from "../layout.js";
import { lines } from "../panels.js";
import { OF_JOB, OF_SOURCE } from "./selectors.js";

export const DEAD_LETTERS: Row = {
  title: "Dead letters",
  height: 8,
  panels: [
    {
      width: 12,
      panel: lines(
        {
          title: "Dead letters in an hour",
          description: "Records that could not be processed, by the sub-topology that refused them and the code.",
          unit: "short",
        },
        [
          {
            expr: `sum by (stage, code) (increase(queue_ratchet_dead_letters_total{${OF_JOB}}[1h])) > 0`,
            legend: "{{stage}} {{code}}",
          },
        ],
      ),
    },
    {
      width: 12,
      panel: lines(
        {
          title: "Ignored events",
          description: "Per second: events of known kinds that say nothing about assignments.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (source, event) (rate(queue_ratchet_ignored_events_total{${OF_SOURCE}}[$__rate_interval]))`,
            legend: "{{source}} {{event}}",
          },
        ],
      ),
    },
  ],
};

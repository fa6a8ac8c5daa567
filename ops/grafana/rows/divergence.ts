/** Conversations whose record in the source says something else than their assignment. */
import type { Row } from "../layout.js";
import { lines } from "../panels.js";
import { OF_JOB, OF_SOURCE } from "./selectors.js";

export const DIVERGENCE: Row = {
  title: "Divergence",
  height: 8,
  panels: [
    {
      width: 8,
      panel: lines(
        {
          title: "Diverged conversations",
          description: "The source's own record of so many says something else than their assignment, now.",
          unit: "short",
        },
        [{ expr: `sum(job:queue_ratchet_diverged_conversations:sum{${OF_JOB}})`, legend: "diverged" }],
      ),
    },
    {
      width: 8,
      panel: lines(
        { title: "Onsets of divergence", description: "Times per second that one began, by source.", unit: "cps" },
        [
          {
            expr: `sum by (source) (rate(queue_ratchet_divergences_total{${OF_SOURCE}}[$__rate_interval]))`,
            legend: "{{source}}",
          },
        ],
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Forked revisions",
          description: "Events per second with the revision of another event but another target, by source.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (source) (rate(queue_ratchet_forked_revisions_total{${OF_SOURCE}}[$__rate_interval]))`,
            legend: "{{source}}",
          },
        ],
      ),
    },
  ],
};

/** The process: memory and its bound, CPU, and how long the event loop is held up. */
import type { Row } from "../layout.js";
import { lines } from "../panels.js";
import { OF_JOB } from "./selectors.js";

export const PROCESS: Row = {
  title: "Process",
  height: 8,
  panels: [
    {
      width: 8,
      panel: lines(
        {
          title: "Memory",
          description: "Resident, by instance, and what it may use. Beyond 85 %, QueueRatchetMemoryNearLimit fires.",
          unit: "bytes",
        },
        [
          { expr: `process_resident_memory_bytes{${OF_JOB}}`, legend: "{{instance}}" },
          { expr: `queue_ratchet_memory_limit_bytes{${OF_JOB}}`, legend: "{{instance}}, limit" },
        ],
      ),
    },
    {
      width: 6,
      panel: lines({ title: "V8's heap", description: "What of the memory is JavaScript's own.", unit: "bytes" }, [
        { expr: `nodejs_heap_size_used_bytes{${OF_JOB}}`, legend: "{{instance}}, used" },
        { expr: `nodejs_heap_size_total_bytes{${OF_JOB}}`, legend: "{{instance}}, taken" },
      ]),
    },
    {
      width: 5,
      panel: lines(
        {
          title: "CPU",
          description: "Cores in use. One JavaScript thread decides: near 1 is near the limit.",
          unit: "short",
        },
        [{ expr: `rate(process_cpu_seconds_total{${OF_JOB}}[$__rate_interval])`, legend: "{{instance}}" }],
      ),
    },
    {
      width: 5,
      panel: lines({ title: "Event loop held up", description: "99 of 100 turns waited less.", unit: "s" }, [
        { expr: `nodejs_eventloop_lag_p99_seconds{${OF_JOB}}`, legend: "{{instance}}" },
      ]),
    },
  ],
};

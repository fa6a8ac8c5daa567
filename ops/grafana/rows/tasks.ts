/** Whether tasks run, keep up and commit, and how far a restore is. */
import type { Row } from "../layout.js";
import { lines } from "../panels.js";
import { OF_JOB, quantile } from "./selectors.js";

export const TASKS: Row = {
  title: "Tasks, lag and restore",
  height: 8,
  panels: [
    {
      width: 8,
      panel: lines(
        {
          title: "Lag by topic",
          description: "Records that are not committed yet, over all partitions.",
          unit: "short",
        },
        [{ expr: `topic:queue_ratchet_consumer_lag_records:sum{${OF_JOB}}`, legend: "{{topic}}" }],
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "The ten partitions furthest behind",
          description: "One that never falls is stuck: QueueRatchetPartitionStuck.",
          unit: "short",
        },
        [
          {
            expr: `topk(10, queue_ratchet_consumer_lag_records{${OF_JOB}} > 0)`,
            legend: "{{topic}}/{{partition}} {{instance}}",
          },
        ],
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Tasks by state",
          description: "By instance. Those that were closed were given up: they may run elsewhere.",
          unit: "short",
        },
        [
          {
            expr: `sum by (instance, state) (queue_ratchet_task_state{${OF_JOB}}) > 0`,
            legend: "{{instance}} {{state}}",
          },
        ],
        { stacked: true },
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Checkpoints",
          description: "Per second, those that became durable and those that did not.",
          unit: "cps",
        },
        [
          {
            expr: `sum by (instance, result) (rate(queue_ratchet_commits_total{${OF_JOB}}[$__rate_interval]))`,
            legend: "{{instance}} {{result}}",
          },
        ],
      ),
    },
    {
      width: 8,
      panel: lines(
        { title: "Duration of a checkpoint", description: "Until it is durable.", unit: "s" },
        [0.5, 0.99].map((q) => ({
          expr: quantile(q, "queue_ratchet_commit_duration_seconds"),
          legend: `p${q * 100}`,
        })),
      ),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Restore: records to read",
          description: "Of their changelogs, by task. The Kafka engine restores when it takes a partition over.",
          unit: "short",
        },
        [
          {
            expr: `queue_ratchet_restore_remaining_records{${OF_JOB}} > 0`,
            legend: "{{instance}} {{task}}",
          },
        ],
      ),
    },
    {
      width: 8,
      panel: lines({ title: "Restore: duration", description: "Of those that ended within an hour.", unit: "s" }, [
        {
          expr: `histogram_quantile(0.99, sum by (le) (increase(queue_ratchet_restore_duration_seconds_bucket{${OF_JOB}}[1h])))`,
          legend: "p99",
        },
      ]),
    },
    {
      width: 8,
      panel: lines(
        {
          title: "Rebalances in ten minutes",
          description: "Times a group has assigned its partitions anew, as each instance saw it.",
          unit: "short",
        },
        [
          {
            expr: `increase(queue_ratchet_rebalances_total{${OF_JOB}}[10m])`,
            legend: "{{instance}}",
          },
        ],
      ),
    },
    {
      width: 4,
      panel: lines(
        {
          title: "Conversations",
          description: "Rows in the stores, over all tasks, and those that --forget-after has removed within the hour.",
          unit: "short",
        },
        [
          { expr: `sum(queue_ratchet_store_entries{${OF_JOB}})`, legend: "rows" },
          {
            expr: `sum(increase(queue_ratchet_forgotten_conversations_total{${OF_JOB}}[1h])) > 0`,
            legend: "forgotten in 1 h",
          },
        ],
      ),
    },
    {
      width: 4,
      panel: lines(
        {
          title: "Their bytes",
          description: "On the disk, about; without what has not become a file yet.",
          unit: "bytes",
        },
        [{ expr: `sum(queue_ratchet_store_bytes{${OF_JOB}})`, legend: "rows" }],
      ),
    },
  ],
};

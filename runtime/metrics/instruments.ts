/** The metrics: names, labels and help texts (contracts, "Metrics"). */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const PREFIX = "queue_ratchet_";

/** Seconds. From one checkpoint to a backlog of an hour. */
const LATENCY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];
/** Seconds. From a fast disk's sync to one that hangs. */
const COMMIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds. From a store that was at the end already to one that is read anew. */
const RESTORE_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** What is asked for at each scrape. They set the gauge they are given. */
export interface Scraped {
  readonly lag: (gauge: Gauge<"topic" | "partition">) => void;
  readonly storeBytes: (gauge: Gauge<"task">) => Promise<void>;
}

export type Instruments = ReturnType<typeof instruments>;

export function instruments(registry: Registry, scraped: Scraped) {
  const registers = [registry];
  const counter = <Label extends string>(name: string, labelNames: readonly Label[], help: string) =>
    new Counter<Label>({ name: PREFIX + name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, labelNames: readonly Label[], help: string) =>
    new Gauge<Label>({ name: PREFIX + name, help, labelNames, registers });
  const histogram = (name: string, buckets: number[], help: string) =>
    new Histogram({ name: PREFIX + name, help, buckets, registers });

  new Gauge({
    name: `${PREFIX}consumer_lag_records`,
    help: "Records of a source topic that its task has not committed yet; of the task furthest behind where several read it.",
    labelNames: ["topic", "partition"] as const,
    registers,
    collect() {
      scraped.lag(this);
    },
  });
  new Gauge({
    name: `${PREFIX}store_bytes`,
    help: "What the rows of a task take on the disk, about; without what has not become a file yet.",
    labelNames: ["task"] as const,
    registers,
    collect() {
      return scraped.storeBytes(this);
    },
  });

  return {
    events: counter("events_total", ["source", "entity"], "Events of the joined topics that were decided."),
    decisions: counter("decisions_total", ["source", "class", "reason"], "Decisions, by the class of their reason."),
    assignmentsEmitted: counter("assignments_emitted_total", ["source"], "Records emitted to queue-assignments."),
    republished: counter(
      "republished_total",
      ["source"],
      "Records written to queue-assignments once more, because a control record asked for it.",
    ),
    forgotten: counter(
      "forgotten_conversations_total",
      ["source"],
      "Conversations that were closed or deleted for so long that their rows were removed.",
    ),
    staleDrops: counter(
      "stale_drops_total",
      ["source", "reason"],
      "Events dropped because something newer had been decided.",
    ),
    divergences: counter(
      "divergences_total",
      ["source"],
      "Times a conversation's record in the source began to say something else than its assignment.",
    ),
    forkedRevisions: counter(
      "forked_revisions_total",
      ["source"],
      "Events with the revision of another event but another target.",
    ),
    ignoredEvents: counter(
      "ignored_events_total",
      ["source", "event"],
      "Raw events of known kinds that say nothing about assignments.",
    ),
    deadLetters: counter(
      "dead_letters_total",
      ["stage", "code"],
      "Records that could not be processed and were put into dead-letters, by sub-topology.",
    ),
    commits: counter("commits_total", ["result"], "Checkpoints that became durable (committed) or did not (failed)."),
    endToEndLatency: histogram(
      "end_to_end_latency_seconds",
      LATENCY_BUCKETS,
      "From when an event was received to when its decision was durable.",
    ),
    commitDuration: histogram(
      "commit_duration_seconds",
      COMMIT_BUCKETS,
      "How long it took to make a checkpoint durable.",
    ),
    restoreRemaining: gauge(
      "restore_remaining_records",
      ["task"],
      "Records of its changelogs that a task has still to read before it runs, about.",
    ),
    restoreDuration: histogram(
      "restore_duration_seconds",
      RESTORE_BUCKETS,
      "How long it took to bring a task's stores to the end of their changelogs.",
    ),
    rebalances: counter(
      "rebalances_total",
      [],
      "Times a group has assigned its partitions anew, as this instance saw it.",
    ),
    divergedConversations: gauge(
      "diverged_conversations",
      ["task"],
      "Conversations whose record in the source says something else than their assignment.",
    ),
    taskState: gauge("task_state", ["task", "state"], "1 for the state that a task is in, 0 for the others."),
    memoryLimit: gauge(
      "memory_limit_bytes",
      [],
      "What the process may use at most: what its control group allows, or the memory of the machine.",
    ),
    storeEntries: gauge("store_entries", ["task"], "Rows in a task's stores."),
  };
}

/** The metrics of an engine: counts what it is told as an observer, and asks for the rest at each scrape. */
import { collectDefaultMetrics, type Gauge, Registry } from "prom-client";
import { DIVERGED_COUNTER, REFUSAL_CODES } from "../../processors/index.js";
import { type ProductOutcome, RATCHET, type Topology } from "../../topology/index.js";
import { TASK_MOVES } from "../life-cycle.js";
import type { CommittedReport, RestoredReport, TaskMove, TaskObserver } from "../observer.js";
import { entriesCounter, type TaskCounters } from "../task/index.js";
import { type Instruments, instruments } from "./instruments.js";
import { SOURCE_LABELS, taskLabel } from "./labels.js";
import { memoryLimitBytes } from "./memory-limit.js";
import type { MeteredEngine } from "./metered-engine.js";
import { SourceCounts } from "./source-counts.js";
import { Tally } from "./tally.js";

export interface EngineMetricsOptions {
  readonly topology: Pick<Topology<ProductOutcome>, "subTopologies">;
  /** The wall clock (epoch ms) that says when a checkpoint was committed. Default: Date.now. */
  readonly now?: () => number;
}

export class EngineMetrics implements TaskObserver<ProductOutcome> {
  /** Of this instance alone; with prom-client's metrics of the process. */
  readonly registry = new Registry();
  private readonly instruments: Instruments;
  private readonly sources: ReadonlyMap<string, SourceCounts>;
  private readonly otherSources: SourceCounts;
  /** By sub-topology, then by code. */
  private readonly deadLetters: ReadonlyMap<string, Tally>;
  /** By sub-topology: the counters of the rows in its stores. */
  private readonly entryCounters: ReadonlyMap<string, readonly string[]>;
  private readonly latency: { observe(seconds: number): void };
  private readonly now: () => number;
  private engine: MeteredEngine | null = null;

  constructor({ topology: { subTopologies }, now = Date.now }: EngineMetricsOptions) {
    this.now = now;
    this.instruments = instruments(this.registry, {
      lag: (gauge) => this.collectLag(gauge),
      storeBytes: (gauge) => this.collectStoreBytes(gauge),
    });
    collectDefaultMetrics({ register: this.registry });
    this.otherSources = new SourceCounts("other", this.instruments);
    this.sources = new Map(
      SOURCE_LABELS.map((source) => [
        source,
        source === "other" ? this.otherSources : new SourceCounts(source, this.instruments),
      ]),
    );
    this.deadLetters = new Map(
      subTopologies.map(({ name: stage }) => [
        stage,
        new Tally((code) => this.instruments.deadLetters.labels({ stage, code })),
      ]),
    );
    this.entryCounters = new Map(
      subTopologies.map(({ name, stores }) => [name, stores.map((store) => entriesCounter(store.name))]),
    );
    this.latency = this.instruments.endToEndLatency.labels();
    // A series that begins with its first count hides that count from rate() and increase().
    for (const result of ["committed", "failed"]) this.instruments.commits.inc({ result }, 0);
    for (const { name: stage } of subTopologies) {
      for (const code of REFUSAL_CODES) this.instruments.deadLetters.inc({ stage, code }, 0);
    }
    this.instruments.memoryLimit.set(memoryLimitBytes());
  }

  /** The engine that is asked at each scrape from now on. */
  attach(engine: MeteredEngine): void {
    this.engine = engine;
  }

  committed(report: CommittedReport<ProductOutcome>): void {
    this.instruments.commits.inc({ result: "committed" });
    this.instruments.commitDuration.observe(report.commitMs / 1000);
    this.countOutcomes(report);
    this.setCounters(report.subTopology, report.partition, report.counters);
  }

  commitFailed(): void {
    this.instruments.commits.inc({ result: "failed" });
  }

  taskOpened(subTopology: string, partition: number, counters: TaskCounters): void {
    this.setState(taskLabel({ subTopology, partition }), "created");
    this.setCounters(subTopology, partition, counters);
  }

  taskMoved(move: TaskMove): void {
    const task = taskLabel(move);
    this.setState(task, move.to);
    if (move.to !== "closed") return;
    // Its partition may be another instance's now, which says the same: sums over instances would count it twice.
    this.instruments.divergedConversations.remove({ task });
    this.instruments.storeEntries.remove({ task });
    this.instruments.restoreRemaining.remove({ task });
  }

  restoring(subTopology: string, partition: number, remaining: number): void {
    this.instruments.restoreRemaining.set({ task: taskLabel({ subTopology, partition }) }, remaining);
  }

  restored(report: RestoredReport): void {
    this.instruments.restoreRemaining.set({ task: taskLabel(report) }, 0);
    this.instruments.restoreDuration.observe(report.durationMs / 1000);
  }

  rebalanced(): void {
    this.instruments.rebalances.inc();
  }

  /** In the product's sub-topologies one processor takes each record: outcomes and times of receipt go in step. */
  private countOutcomes(report: CommittedReport<ProductOutcome>): void {
    const { subTopology, outcomes, receivedAtMs, rowOutcomes } = report;
    const committedAtMs = this.now();
    const deadLetters = this.deadLetters.get(subTopology);
    for (let index = 0; index < outcomes.length; index++) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if (outcome.kind === "decided") {
        this.countsOf(outcome.source).decided(outcome);
        this.observeLatency(receivedAtMs[index], committedAtMs);
      } else if (outcome.kind === "ignored") {
        this.countsOf(outcome.source).ignored(outcome.event);
      } else if (outcome.kind === "refused") {
        deadLetters?.add(outcome.code);
      }
    }
    for (const outcome of rowOutcomes) {
      if (outcome.kind === "republished" || outcome.kind === "forgotten") this.countsOf(outcome.source).row(outcome);
    }
    for (const counts of this.sources.values()) counts.flush();
    deadLetters?.flush();
  }

  /** Kafka's timestamp of a record that has none is -1: nobody knows how long that took. Clocks of two machines may differ. */
  private observeLatency(receivedAtMs: number | undefined, committedAtMs: number): void {
    if (receivedAtMs === undefined || receivedAtMs < 0) return;
    this.latency.observe(Math.max(0, committedAtMs - receivedAtMs) / 1000);
  }

  private countsOf(source: string): SourceCounts {
    return this.sources.get(source) ?? this.otherSources;
  }

  private setState(task: string, current: string): void {
    for (const state of Object.keys(TASK_MOVES)) {
      this.instruments.taskState.set({ task, state }, Number(state === current));
    }
  }

  private setCounters(subTopology: string, partition: number, counters: TaskCounters): void {
    const task = taskLabel({ subTopology, partition });
    if (subTopology === RATCHET) {
      this.instruments.divergedConversations.set({ task }, counters[DIVERGED_COUNTER] ?? 0);
    }
    const names = this.entryCounters.get(subTopology) ?? [];
    if (names.length === 0) return;
    const entries = names.reduce((sum, name) => sum + (counters[name] ?? 0), 0);
    this.instruments.storeEntries.set({ task }, entries);
  }

  private collectLag(gauge: Gauge<"topic" | "partition">): void {
    gauge.reset();
    const largest = new Map<string, number>();
    for (const { partition, lags } of this.engine?.tasks ?? []) {
      for (const { topic, records } of lags) {
        const place = `${topic}/${partition}`;
        const lag = Math.max(records, largest.get(place) ?? 0);
        largest.set(place, lag);
        gauge.set({ topic, partition }, lag);
      }
    }
  }

  private async collectStoreBytes(gauge: Gauge<"task">): Promise<void> {
    // A store that cannot be read, or is closed, must not hide all other metrics: the engine's failure is told elsewhere.
    const sizes = (await this.engine?.storeBytes().catch(() => [])) ?? [];
    gauge.reset();
    for (const { subTopology, partition, sizeBytes } of sizes) {
      gauge.set({ task: taskLabel({ subTopology, partition }) }, sizeBytes);
    }
  }
}

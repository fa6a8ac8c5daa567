/** What is counted by source: one of these for each value of the label. */
import { classesOf, type RatchetOutcome } from "../../processors/index.js";
import { type DecisionClass, REASONS, type Source } from "../../schemas/types.js";
import type { Instruments } from "./instruments.js";
import type { SourceLabel } from "./labels.js";
import { Sum, Tally } from "./tally.js";

export type Decided = Extract<RatchetOutcome, { kind: "decided" }>;

/** What became of a row. */
export type RowOutcome = Extract<RatchetOutcome, { kind: "republished" | "forgotten" }>;

export class SourceCounts {
  private readonly events: Tally;
  private readonly decisions = new Map<DecisionClass, Tally>();
  private readonly staleDrops: Tally;
  private readonly ignoredEvents: Tally;
  private readonly emitted: Sum;
  private readonly divergences: Sum;
  private readonly forks: Sum;
  private readonly rows: Readonly<Record<RowOutcome["kind"], Sum>>;

  constructor(
    private readonly source: SourceLabel,
    private readonly instruments: Instruments,
  ) {
    const { events, staleDrops, ignoredEvents, assignmentsEmitted, divergences, forkedRevisions } = instruments;
    const { republished, forgotten } = instruments;
    this.events = new Tally((entity) => events.labels({ source, entity }));
    this.staleDrops = new Tally((reason) => staleDrops.labels({ source, reason }));
    this.ignoredEvents = new Tally((event) => ignoredEvents.labels({ source, event }));
    this.emitted = new Sum(assignmentsEmitted.labels({ source }));
    this.divergences = new Sum(divergences.labels({ source }));
    this.forks = new Sum(forkedRevisions.labels({ source }));
    this.rows = {
      republished: new Sum(republished.labels({ source })),
      forgotten: new Sum(forgotten.labels({ source })),
    };
    // A series that begins with its first count hides that count from rate() and increase().
    for (const counter of [assignmentsEmitted, divergences, forkedRevisions, republished, forgotten])
      counter.inc({ source }, 0);
    if (source !== "other") this.beginReasons(source);
  }

  decided(outcome: Decided): void {
    this.events.add(outcome.entity);
    this.reasonsOf(outcome.decisionClass).add(outcome.reason);
    if (outcome.decisionClass === "stale") this.staleDrops.add(outcome.reason);
    if (outcome.emitted) this.emitted.add();
    if (outcome.diverged && !outcome.divergedBefore) this.divergences.add();
    if (outcome.forked) this.forks.add();
  }

  /** @param event a word from the fixed lists of the sources, never a name that came in */
  ignored(event: string): void {
    this.ignoredEvents.add(event);
  }

  /** What became of a row beside the records. */
  row({ kind }: RowOutcome): void {
    this.rows[kind].add();
  }

  flush(): void {
    this.events.flush();
    for (const reasons of this.decisions.values()) reasons.flush();
    this.staleDrops.flush();
    this.ignoredEvents.flush();
    this.emitted.flush();
    this.divergences.flush();
    this.forks.flush();
    for (const sum of Object.values(this.rows)) sum.flush();
  }

  /** Of a source that is known: the first stale drop is the one that somebody waits for. */
  private beginReasons(source: Source): void {
    const { decisions, staleDrops } = this.instruments;
    for (const reason of REASONS) {
      const classes = classesOf(reason);
      for (const decisionClass of classes) decisions.inc({ source, class: decisionClass, reason }, 0);
      if (classes.includes("stale")) staleDrops.inc({ source, reason }, 0);
    }
  }

  private reasonsOf(decisionClass: DecisionClass): Tally {
    const { source, instruments } = this;
    let reasons = this.decisions.get(decisionClass);
    if (reasons === undefined) {
      reasons = new Tally((reason) => instruments.decisions.labels({ source, class: decisionClass, reason }));
      this.decisions.set(decisionClass, reasons);
    }
    return reasons;
  }
}

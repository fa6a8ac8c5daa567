/** Who is told what tasks do. Processors and tasks count nothing themselves. */
import type { TaskOutcome } from "./task/task.js";

export interface CommittedReport<Outcome> {
  readonly subTopology: string;
  readonly partition: number;
  readonly records: number;
  readonly outcomes: readonly TaskOutcome<Outcome>[];
}

export interface TaskObserver<Outcome> {
  /** A checkpoint is durable: what it holds happened, once. */
  committed(report: CommittedReport<Outcome>): void;
}

/** Who is told what tasks and engines do. Processors and tasks count nothing themselves. */
import type { EngineState, TaskState } from "./life-cycle.js";
import type { TaskCounters, TaskOutcome } from "./task/checkpoint.js";

export interface CommittedReport<Outcome> {
  readonly subTopology: string;
  readonly partition: number;
  readonly records: number;
  readonly outcomes: readonly TaskOutcome<Outcome>[];
  /** When each record of the checkpoint came in (epoch ms). */
  readonly receivedAtMs: readonly number[];
  /** What became of rows beside: of control records, or because they had expired. */
  readonly rowOutcomes: readonly Outcome[];
  /** Running counts of the task, this checkpoint included. */
  readonly counters: TaskCounters;
  /** How long it took to make the checkpoint durable. */
  readonly commitMs: number;
}

export interface TaskMove {
  readonly subTopology: string;
  readonly partition: number;
  readonly from: TaskState;
  readonly to: TaskState;
}

export interface RestoredReport {
  readonly subTopology: string;
  readonly partition: number;
  /** Records of the changelog that were read for it. */
  readonly records: number;
  readonly durationMs: number;
}

export interface TaskObserver<Outcome> {
  /** A checkpoint is durable: what it holds happened, once. */
  committed(report: CommittedReport<Outcome>): void;
  /** A checkpoint could not be made durable. */
  commitFailed?(subTopology: string, partition: number): void;
  /** A task was made, and stands where it stood with its last checkpoint. */
  taskOpened?(subTopology: string, partition: number, counters: TaskCounters): void;
  taskMoved?(move: TaskMove): void;
  /** A task's stores are being brought to the end of their changelogs: so many records are still to be read, about. */
  restoring?(subTopology: string, partition: number, remaining: number): void;
  /** They are there. */
  restored?(report: RestoredReport): void;
  /** A group has assigned partitions anew. */
  rebalanced?(subTopology: string): void;
  engineMoved?(from: EngineState, to: EngineState): void;
}

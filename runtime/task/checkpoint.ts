/** What a task hands over, to be made durable at once. */
import type { Refusal } from "../../processors/index.js";
import type { SourcePosition } from "../../schemas/types.js";
import type { ChangedRow } from "../stores/store.js";
import type { ProducedRecord } from "./records.js";

/** Running counts: what processors count, `<store>.entries`, the rows of each store, and the stream's time where rows expire. */
export type TaskCounters = Readonly<Record<string, number>>;

/** The counter of a store's rows. */
export function entriesCounter(store: string): string {
  return `${store}.entries`;
}

/** What must be made durable at once, or not at all. */
export interface Checkpoint<Outcome> {
  readonly records: number;
  readonly outputs: readonly ProducedRecord[];
  /** The last row of each changed key, by store. */
  readonly rows: ReadonlyMap<string, readonly ChangedRow[]>;
  /** The offsets after the last processed records. */
  readonly positions: readonly SourcePosition[];
  /** What became of each record, in order: to be counted once the checkpoint is committed, and not before. */
  readonly outcomes: readonly TaskOutcome<Outcome>[];
  /** When each record came in (epoch ms): its `received-at`, or its timestamp. */
  readonly receivedAtMs: readonly number[];
  /** What became of rows beside: of control records, or because they had expired. */
  readonly rowOutcomes: readonly Outcome[];
  /** The running counts with this checkpoint. */
  readonly counters: TaskCounters;
}

/** What became of a record: decided by a processor, or not decodable. */
export type TaskOutcome<Outcome> = Outcome | { readonly kind: "refused"; readonly code: Refusal["code"] };

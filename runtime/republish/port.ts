/** What can be asked for, and what that needs of an engine. */
import type { ConversationKey } from "../../schemas/types.js";
import type { QueriedLog } from "../queries/index.js";
import type { ProducedRecord } from "../task/index.js";

/** The topics of an engine, and how far its tasks are. */
export interface RepublishTopics {
  /** Its ends are behind everything that was appended before they were asked for. */
  readonly log: QueriedLog;
  /** Null when there is no such topic. */
  partitionsOf(topic: string): number | null;
  /** Resolves when all of them are durable. */
  append(records: readonly ProducedRecord[]): Promise<unknown>;
  /** By partition of a source topic of the ratchet, the offset up to which everything is processed, at least; null: nobody can say. */
  processedTo(topic: string, partitions: readonly number[]): Promise<readonly (number | null)[]>;
}

/** What one request may name. */
export const MAX_KEYS = 1_000;

export interface RepublishRequest {
  /** From 1 to {@link MAX_KEYS}; null: all conversations. */
  readonly keys: readonly ConversationKey[] | null;
  /** Only those whose last emission was then or later (epoch ms). */
  readonly sinceMs: number | null;
  /** Writes nothing, and says what would be written. */
  readonly dryRun: boolean;
  /** How long to wait until the tasks have executed it (ms); null: not at all. */
  readonly waitMs: number | null;
}

export type RepublishStep =
  /** Control records in one partition: they are durable, or would be written. */
  | {
      readonly kind: "control";
      readonly outcome: "written" | "would-write";
      readonly topic: string;
      readonly partition: number;
      readonly records: number;
    }
  /** So many partitions have not executed theirs yet. */
  | { readonly kind: "waiting"; readonly partitions: number }
  /** They all have, and so many records are found in the sync topic. */
  | { readonly kind: "found"; readonly republished: number }
  /** `republished` is null when nothing was waited for. */
  | { readonly kind: "end"; readonly republished: number | null };

/** The control records are durable, and some were not executed in time. They will be. */
export class NotExecutedError extends Error {
  override readonly name = "NotExecutedError";
}

/** The iteration ends with the step "end", or with an error: what was written before it stays written. */
export interface RepublishPort {
  republish(request: RepublishRequest): AsyncIterable<RepublishStep>;
}

/** A record of the sync topic as a consumer gets it, and what it means for its conversation. */
import type { QueueAssignment } from "../schemas/types.js";
import type { ConversationState, RegisterOutcome } from "./merge.js";

/** Where a record lies. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A queue assignment with its place. */
export interface AssignmentRecord extends QueueAssignment, RecordPlace {
  /** `<source>:<tenant>:<conversationId>`. */
  readonly key: string;
  /** Of the Kafka record, epoch milliseconds: that of the input record which led to it. */
  readonly timestamp: number;
  /** Whether it was written again on demand (`queue-ratchet republish`): the same versions and sequence as before. */
  readonly republished: boolean;
}

/** A record that moves its conversation forward, and both registers before and after it. */
export interface AssignmentChange {
  readonly key: string;
  readonly record: AssignmentRecord;
  /** What was held before; null when nothing was. */
  readonly before: ConversationState | null;
  /**
   * What to hold from now on: **apply this, not the record**. With replayed records the two may differ: one register of the record may
   * be older than what is held.
   */
  readonly after: ConversationState;
  readonly assignment: RegisterOutcome;
  readonly lifecycle: RegisterOutcome;
  /** Which of the two differs by value from before. Neither does when only a version has advanced. */
  readonly changed: { readonly assignment: boolean; readonly lifecycle: boolean };
}

/** A record that moved nothing, and why. */
export type SkippedRecord =
  | {
      readonly kind: "not-newer";
      readonly record: AssignmentRecord;
      readonly assignment: Exclude<RegisterOutcome, "applied">;
      readonly lifecycle: Exclude<RegisterOutcome, "applied">;
      /** The same version as what is held, with another value: another version of the rule or of a parser wrote it. */
      readonly contradicts: boolean;
    }
  | {
      /**
       * A null value: somebody had the conversation removed from the compacted topic. It carries no version, so that it cannot be
       * said whether it is older than what is held: what is held stays.
       */
      readonly kind: "tombstone";
      readonly place: RecordPlace;
      /** Null for a record without a key. */
      readonly key: string | null;
    };

/** What can be done with the dead letters, wherever they are; and what that needs of an engine. */
import type { QueriedLog } from "../queries/index.js";
import type { ProducedRecord } from "../task/index.js";
import type { Letter, LetterHead } from "./letter.js";
import type { LetterPlace } from "./place.js";

/** The topics of an engine: a started one, or one that was only opened. */
export interface LetterTopics {
  readonly log: QueriedLog;
  /** Null when there is no such topic. */
  partitionsOf(topic: string): number | null;
  /** Resolves when all of them are durable. */
  append(records: readonly ProducedRecord[]): Promise<unknown>;
}

/** Which letters. What is absent does not matter. */
export interface LetterFilter {
  readonly code?: string;
  /** Where it lay, with the prefix of the topics or without it. */
  readonly topic?: string;
  /** Those that failed then or later, in epoch milliseconds. */
  readonly sinceMs?: number;
}

/** What one list may hold, and what one request may name: both are kept in memory. */
export const MAX_LISTED = 10_000;
export const MAX_PLACES = 1_000;

export interface ListRequest extends LetterFilter {
  /** The newest so many: from 1 to {@link MAX_LISTED}. */
  readonly limit: number;
}

export type ResendRequest = {
  /** Sends no letter, and says what would be sent. */
  readonly dryRun: boolean;
  /** Also what was sent before. */
  readonly again: boolean;
} & (
  | {
      /** From 1 to {@link MAX_PLACES}. */
      readonly places: readonly LetterPlace[];
    }
  | { readonly places: null; readonly filter: LetterFilter }
);

/** How far it is: records read so far, of all topics. */
export interface ReadStep {
  readonly kind: "read";
  readonly records: number;
}

export interface ListedLetter extends LetterHead {
  /** Where it was sent through again, as `TOPIC:PARTITION:OFFSET`, the last time. Null: it was not, or that record is gone. */
  readonly sentAs: string | null;
  /** The place of the newest letter that it has become since. */
  readonly failedAgainAs: string | null;
}

export interface CodeCount {
  readonly code: string;
  readonly letters: number;
}

export type ListStep =
  | ReadStep
  /** The oldest of them first. */
  | { readonly kind: "letter"; readonly letter: ListedLetter }
  | {
      readonly kind: "end";
      /** Older ones, of those that were asked for. */
      readonly omitted: number;
      /** Of all that were asked for, the most frequent first. */
      readonly codes: readonly CodeCount[];
    };

export type ResendOutcome =
  /** Durable in the topic. */
  | { readonly outcome: "sent" | "would-send"; readonly topic: string; readonly partition: number }
  /** Its record is there already. */
  | { readonly outcome: "sent-before" }
  | { readonly outcome: "refused"; readonly why: string };

export type ResendStep =
  | ReadStep
  | ({ readonly kind: "letter"; readonly place: string } & ResendOutcome)
  | { readonly kind: "end" };

/** There is no letter at these places, or none any more. */
export class UnknownLetterError extends Error {
  override readonly name = "UnknownLetterError";

  constructor(readonly places: readonly string[]) {
    super(`${places.join(", ")}: there is no dead letter at this place, or none any more`);
  }
}

/** The iterations end with the step "end", or with an error: what was sent before it stays sent. */
export interface DeadLetterPort {
  list(request: ListRequest): AsyncIterable<ListStep>;
  /** Null when there is none at the place. */
  letter(place: LetterPlace): Promise<Letter | null>;
  /** The oldest letters first. @throws UnknownLetterError before anything is sent */
  resend(request: ResendRequest): AsyncIterable<ResendStep>;
}

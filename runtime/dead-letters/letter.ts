/** A dead letter: a record that could not be processed, and what its headers say of it. */
import { type ConsumedRecord, DEAD_LETTER_HEADERS, headerText, type RecordHeader } from "../task/index.js";
import { letterPlaceIn } from "./headers.js";
import { formatPlace } from "./place.js";

/** Where the record lay that failed. */
export interface Original {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What a list says of a letter: never the body. What its headers do not say is null. */
export interface LetterHead {
  /** `PARTITION:OFFSET` of the dead letters. */
  readonly place: string;
  /** Epoch milliseconds. */
  readonly failedAtMs: number | null;
  readonly original: Original | null;
  readonly code: string | null;
  readonly message: string | null;
  /** Of the value; null without one. */
  readonly sizeBytes: number | null;
  readonly source: string | null;
  /** The letter that was sent through again and failed again as this one. */
  readonly earlierPlace: string | null;
}

export interface Letter extends LetterHead {
  /** Of the record, in epoch milliseconds. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** All of them: its own, then the added ones. */
  readonly headers: readonly RecordHeader[];
}

/** Others than the engine may write letters: nothing of a list is as long as they like. */
const MAX_TEXT_CHARACTERS = 1_000;
const NUMBER = /^\d{1,15}$/;

export function letterHead({ partition, offset, value, headers }: ConsumedRecord): LetterHead {
  const earlier = letterPlaceIn(headers);
  return {
    place: formatPlace({ partition, offset }),
    failedAtMs: numberIn(headers, DEAD_LETTER_HEADERS.failedAt),
    original: originalOf(headers),
    code: textIn(headers, DEAD_LETTER_HEADERS.code),
    message: textIn(headers, DEAD_LETTER_HEADERS.message),
    sizeBytes: value?.length ?? null,
    source: textIn(headers, "source"),
    earlierPlace: earlier === null ? null : formatPlace(earlier),
  };
}

export function letterOf(record: ConsumedRecord): Letter {
  const { timestamp: timestampMs, key, value, headers } = record;
  return { ...letterHead(record), timestampMs, key, value, headers };
}

/** Null when the headers do not say it all. */
function originalOf(headers: readonly RecordHeader[]): Original | null {
  const topic = textIn(headers, DEAD_LETTER_HEADERS.topic);
  const partition = numberIn(headers, DEAD_LETTER_HEADERS.partition);
  const offset = numberIn(headers, DEAD_LETTER_HEADERS.offset);
  return topic === null || partition === null || offset === null ? null : { topic, partition, offset };
}

function textIn(headers: readonly RecordHeader[], name: string): string | null {
  return headerText(headers, name)?.slice(0, MAX_TEXT_CHARACTERS) ?? null;
}

function numberIn(headers: readonly RecordHeader[], name: string): number | null {
  const text = headerText(headers, name);
  return text !== null && NUMBER.test(text) ? Number(text) : null;
}

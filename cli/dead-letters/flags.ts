/** The flags of the three commands, as values. */
import {
  type LetterFilter,
  type LetterPlace,
  MAX_LISTED,
  MAX_PLACES,
  parsePlace,
} from "../../runtime/dead-letters/index.js";
import { UsageError } from "../errors.js";
import { badValue, countOf, timeOf } from "../flag-values.js";

export interface FilterFlags {
  readonly code?: string;
  readonly topic?: string;
  readonly since?: string;
}

export function filterOf({ code, topic, since }: FilterFlags): LetterFilter {
  return {
    ...(code === undefined ? {} : { code }),
    ...(topic === undefined ? {} : { topic }),
    ...(since === undefined ? {} : { sinceMs: timeOf("--since", since) }),
  };
}

export function limitOf(text: string): number {
  return countOf("--limit", text, MAX_LISTED);
}

export function placeOf(text: string): LetterPlace {
  const place = parsePlace(text);
  if (place !== null) return place;
  throw badValue("PLACE", text, "expected PARTITION:OFFSET of the dead letters, as `dead-letters list` gives it");
}

/** Each once, in the order of the topic. */
export function placesOf(texts: readonly string[]): LetterPlace[] {
  const places = new Map(texts.map((text) => [text, placeOf(text)]));
  if (places.size > MAX_PLACES)
    throw new UsageError(`PLACE: at most ${MAX_PLACES} at a time; --all with filters takes any number`);
  return [...places.values()].sort((one, other) => one.partition - other.partition || one.offset - other.offset);
}

/** The headers that make a record a dead letter (contracts), and the one that a letter gets when it is sent through again. */
import { DEAD_LETTER_HEADERS, headerText, type RecordHeader } from "../task/index.js";
import { LETTER_PARTITION } from "./partition.js";
import { type LetterPlace, parsePlace } from "./place.js";

/** On a record that was sent through again: the place of the letter that it was. */
export const DEAD_LETTER_HEADER = "dead-letter";

/** The letter that the record was; null when it was none. */
export function letterPlaceIn(headers: readonly RecordHeader[]): LetterPlace | null {
  const text = headerText(headers, DEAD_LETTER_HEADER);
  return text === null ? null : parsePlace(text);
}

/** Of that letter, the offset in the one partition that letters have. */
export function letterOffsetIn(headers: readonly RecordHeader[]): number | null {
  const place = letterPlaceIn(headers);
  return place?.partition === LETTER_PARTITION ? place.offset : null;
}

/** The record's own headers: a record may have had one of the same name before it failed, and that stays. */
export function originalHeaders(headers: readonly RecordHeader[]): RecordHeader[] {
  const added = new Set(
    Object.values(DEAD_LETTER_HEADERS).map((name) => headers.findLastIndex(({ key }) => key === name)),
  );
  return headers.filter((header, index) => !added.has(index) && !namesLetter(header));
}

/** Of the time before: where it was sent through again already, and failed again. */
function namesLetter(header: RecordHeader): boolean {
  return header.key === DEAD_LETTER_HEADER && letterPlaceIn([header]) !== null;
}

/** How dead letters are printed: what the three commands share. */
import type { LetterHead, Original } from "../../runtime/dead-letters/index.js";
import { timeName } from "../output/names.js";
import type { Colors } from "../output/terminal.js";

export interface Look {
  readonly width: number;
  readonly colors: Colors;
}

/** Of a header that may be missing, or not be what it should be. */
export const NOTHING = "-";

export function isoTime(epochMs: number | null): string | null {
  return epochMs === null ? null : timeName(epochMs);
}

/** `TOPIC:PARTITION:OFFSET`. */
export function originalName(original: Original | null): string | null {
  return original === null ? null : `${original.topic}:${original.partition}:${original.offset}`;
}

/** What every JSON of a letter begins with. */
export function headFields(letter: LetterHead) {
  return {
    place: letter.place,
    failedAt: isoTime(letter.failedAtMs),
    originalTopic: letter.original?.topic ?? null,
    originalPartition: letter.original?.partition ?? null,
    originalOffset: letter.original?.offset ?? null,
    code: letter.code,
    message: letter.message,
  };
}

/** A line of NDJSON. What a terminal could take for a command is escaped, beyond what JSON itself asks for. */
export function jsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (character) =>
    // Beyond the first plane a character is two units, each with its escape.
    Array.from({ length: character.length }, (_, index) => unitEscape(character.charCodeAt(index))).join(""),
  );
  return `${escaped}\n`;
}

function unitEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

/** How dead letters are printed: what the three commands share. */
import type { LetterHead, Original } from "../../runtime/dead-letters/index.js";
import { timeName } from "../output/names.js";

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

/** Where a dead letter lies in its topic, as people and headers write it: `PARTITION:OFFSET`. */

export interface LetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** Not so long that it would not be a safe integer. */
const PLACE = /^(\d{1,9}):(\d{1,15})$/;

export function formatPlace({ partition, offset }: LetterPlace): string {
  return `${partition}:${offset}`;
}

/** Null when the text is no place. */
export function parsePlace(text: string): LetterPlace | null {
  const [, partition, offset] = PLACE.exec(text) ?? [];
  return partition === undefined || offset === undefined
    ? null
    : { partition: Number(partition), offset: Number(offset) };
}

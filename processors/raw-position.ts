/** The header `raw-position`: where in `raw-events` a normalised record came from, as `partition:offset`. */
import { MAX_NUMBER } from "./rule/index.js";

export interface RawPosition {
  readonly partition: number;
  readonly offset: number;
}

const FORM = /^(\d{1,10}):(\d{1,16})$/;

/** Null when there is no such header, or something else stands in it: other producers may write the joined topics. */
export function rawPositionOf(text: string | null | undefined): RawPosition | null {
  const match = text === null || text === undefined ? null : FORM.exec(text);
  if (match === null) return null;
  const offset = Number(match[2]);
  return offset > MAX_NUMBER ? null : { partition: Number(match[1]), offset };
}

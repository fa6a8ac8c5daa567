/** The letters that are to be sent through again: named by their places, or by what they are. */
import type { ConsumedRecord } from "../task/index.js";
import { filterOf } from "./filter.js";
import { letterHead } from "./letter.js";
import { LETTER_PARTITION } from "./partition.js";
import { formatPlace, type LetterPlace } from "./place.js";
import { type ResendRequest, UnknownLetterError } from "./port.js";

export class Selection {
  /** The first and the last offset that it can have. */
  readonly firstOffset: number;
  readonly lastOffset: number;

  private constructor(
    private readonly isWanted: (letter: ConsumedRecord) => boolean,
    offsets: readonly number[] | null,
    /** Places of which no letter was seen. */
    private readonly unmet: Set<string>,
  ) {
    this.firstOffset = offsets === null ? 0 : Math.min(...offsets);
    this.lastOffset = offsets === null ? Number.POSITIVE_INFINITY : Math.max(...offsets);
  }

  /** @param topicPrefix as for filterOf */
  static of(request: ResendRequest, topicPrefix: string): Selection {
    if (request.places !== null) return Selection.ofPlaces(request.places);
    const filter = filterOf(request.filter, topicPrefix);
    return new Selection((letter) => filter(letterHead(letter)), null, new Set());
  }

  private static ofPlaces(places: readonly LetterPlace[]): Selection {
    const here = places.filter(({ partition }) => partition === LETTER_PARTITION);
    const offsets = new Set(here.map(({ offset }) => offset));
    return new Selection(({ offset }) => offsets.has(offset), [...offsets], new Set(places.map(formatPlace)));
  }

  has(letter: ConsumedRecord): boolean {
    return this.isWanted(letter);
  }

  /** The same, and takes note that it is there. */
  meets(letter: ConsumedRecord): boolean {
    if (!this.has(letter)) return false;
    this.unmet.delete(formatPlace(letter));
    return true;
  }

  /** @throws UnknownLetterError when a letter that was named was not seen */
  mustBeMet(): void {
    if (this.unmet.size > 0) throw new UnknownLetterError([...this.unmet]);
  }
}

/** Finds the bytes that structure a JSON text, outside its strings, across chunks: one table look-up per byte, no recursion. */
import {
  BACKSLASH,
  CLOSING_BRACE,
  CLOSING_BRACKET,
  COMMA,
  NEWLINE,
  OPENING_BRACE,
  OPENING_BRACKET,
  QUOTE,
} from "./bytes.js";

const OUTSIDE = 0;
const STRING = 1;
const ESCAPED = 2;
const STATES = [OUTSIDE, STRING, ESCAPED] as const;
type State = (typeof STATES)[number];

const STRUCTURE: ReadonlySet<number> = new Set([OPENING_BRACE, CLOSING_BRACE, OPENING_BRACKET, CLOSING_BRACKET, COMMA]);

/** Set in a transition at which `next` stops. */
const STOP = 0x10;
const TRANSITIONS = transitions();

/**
 * No JSON string holds a newline. Where one does, either its closing quote is missing or the newline should have been escaped,
 * and brackets count differently; so there are two readings: in the first a string ends with its line, in the second it goes on.
 * Both are the same until such a newline. Pairs of their states are numbered 3 * first + second.
 */
export class Lexer {
  #pair = 0;
  #pairBefore = 0;

  /** Forgets what came before, at the start of a text. */
  reset(): void {
    this.#pair = 0;
  }

  /** Gives the position of the next newline, or brace, bracket or comma outside strings; the chunk's length if there is none. */
  next(chunk: Buffer, from: number): number {
    let pair = this.#pair;
    let at = from;
    for (; at < chunk.length; at++) {
      const step = TRANSITIONS[(pair << 8) | (chunk[at] ?? 0)] ?? 0;
      if (step >= STOP) {
        this.#pairBefore = pair;
        pair = step - STOP;
        break;
      }
      pair = step;
    }
    this.#pair = pair;
    return at;
  }

  /** Whether a string is open after the last byte, in the first reading. */
  get isInString(): boolean {
    return this.#pair >= 3;
  }

  /** Whether the byte at the last stop was outside strings, in the first reading. */
  get stoppedOutsideFirst(): boolean {
    return this.#pairBefore < 3;
  }

  /** The same in the second reading. */
  get stoppedOutsideSecond(): boolean {
    return this.#pairBefore % 3 === OUTSIDE;
  }
}

/** The next pair of states, and whether to stop, by pair and byte. */
function transitions(): Uint8Array {
  const table = new Uint8Array(9 << 8);
  for (const first of STATES)
    for (const second of STATES)
      for (let byte = 0; byte < 256; byte++) {
        const nextFirst = byte === NEWLINE ? OUTSIDE : advance(first, byte);
        const pair = 3 * nextFirst + advance(second, byte);
        const isOutside = first === OUTSIDE || second === OUTSIDE;
        const stops = byte === NEWLINE || (isOutside && STRUCTURE.has(byte));
        table[((3 * first + second) << 8) | byte] = pair + (stops ? STOP : 0);
      }
  return table;
}

function advance(state: State, byte: number): State {
  if (state === ESCAPED) return STRING;
  if (byte === QUOTE) return state === OUTSIDE ? STRING : OUTSIDE;
  return state === STRING && byte === BACKSLASH ? ESCAPED : state;
}

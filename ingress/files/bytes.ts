/** The bytes that mean something to a reader of JSON texts. */

export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const OPENING_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSING_BRACKET = 0x5d;
export const OPENING_BRACE = 0x7b;
export const CLOSING_BRACE = 0x7d;

/** JSON's white space (RFC 8259, section 2). */
export function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === NEWLINE || byte === CARRIAGE_RETURN || byte === TAB;
}

export function isOpening(byte: number | undefined): boolean {
  return byte === OPENING_BRACE || byte === OPENING_BRACKET;
}

/** Where the first byte that is not blank stands, or `to`. */
export function skipBlank(chunk: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(chunk[at])) at++;
  return at;
}

/** Where the blank bytes before `to` begin, or `from`. */
export function trimBlank(chunk: Buffer, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(chunk[at - 1])) at--;
  return at;
}

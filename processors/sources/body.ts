/** From the bytes of a body to a JSON object that is safe to read: bounded, valid UTF-8, flat enough, without forbidden keys. */
import { Buffer, isUtf8 } from "node:buffer";
import { type Refusal, type RefusalCode, refusal } from "../refusal.js";
import { joinPath } from "./path.js";

/** The largest body that is read. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** How many objects and arrays may stand inside one another. */
export const MAX_DEPTH = 64;

export type ParsedBody =
  | { readonly ok: true; readonly document: object }
  | { readonly ok: false; readonly refusal: Refusal };

const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
/** Each of them holds one of these, or the text spells it with an escape. Short and rare in bodies: quick to miss. */
const TELLTALES = ["proto", "uctor", "\\u00"];
/** A key that may be shown in a path: other keys can be data of people, such as an address. */
const SHOWABLE_KEY = /^[A-Za-z_$][\w$-]{0,63}$/;

/** The document of a body: a JSON object nested at most {@link MAX_DEPTH} deep. Never throws. */
export function parseBody(body: Uint8Array): ParsedBody {
  if (body.byteLength > MAX_BODY_BYTES) {
    return refuse("BODY_TOO_LARGE", `${body.byteLength} bytes; at most ${MAX_BODY_BYTES} are read`);
  }
  if (!isUtf8(body)) return refuse("INVALID_UTF8", "expected UTF-8");
  const bytes = withoutByteOrderMark(body);
  if (bytes.length === 0) return refuse("EMPTY_BODY", "expected a JSON object, found no bytes");
  // Before JSON.parse and before every walk of the document: whatever recurses after this is bounded.
  if (isTooDeep(bytes)) return refuse("TOO_DEEP", `objects and arrays may be nested ${MAX_DEPTH} deep`);
  return parseText(bytes.toString("utf8"));
}

function parseText(text: string): ParsedBody {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return refuse("INVALID_JSON", describeSyntaxError(error));
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    return refuse("BAD_TYPE", "expected a JSON object");
  }
  const forbidden = mayHoldForbiddenKey(text) ? findForbiddenKey(document) : null;
  if (forbidden === null) return { ok: true, document };
  return { ok: false, refusal: refusal("FORBIDDEN_KEY", forbidden, "a key of this name is not read") };
}

function withoutByteOrderMark(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const marked = bytes[0] === BYTE_ORDER_MARK[0] && bytes[1] === BYTE_ORDER_MARK[1] && bytes[2] === BYTE_ORDER_MARK[2];
  return marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/** Exact for valid JSON. Text that is not JSON may pass or not: JSON.parse, which does not recurse, refuses it. */
function isTooDeep(bytes: Uint8Array): boolean {
  const end = bytes.length;
  let depth = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      depth--;
    }
  }
  return false;
}

/** The engine's message quotes the text (personal data): only the position, which stands behind the quotation, is taken. */
function describeSyntaxError(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  const position = / in JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  if (position !== undefined) return `not valid JSON at character ${position}`;
  return message === "Unexpected end of JSON input" ? "not valid JSON: it ends too early" : "not valid JSON";
}

/** Cheap, and true too often (a value may hold such a piece): only then is the document walked. */
function mayHoldForbiddenKey(text: string): boolean {
  return TELLTALES.some((telltale) => text.includes(telltale));
}

/** The path of the first forbidden key, built only when there is one. Recursion is bounded by {@link MAX_DEPTH}. */
function findForbiddenKey(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) return findInArray(value);
  for (const [key, child] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) return key;
    const found = findForbiddenKey(child);
    if (found !== null) return joinPath(SHOWABLE_KEY.test(key) ? key : "[?]", found);
  }
  return null;
}

function findInArray(items: readonly unknown[]): string | null {
  for (let index = 0; index < items.length; index++) {
    const found = findForbiddenKey(items[index]);
    if (found !== null) return joinPath(`[${index}]`, found);
  }
  return null;
}

function refuse(code: RefusalCode, message: string): ParsedBody {
  return { ok: false, refusal: refusal(code, "", message) };
}

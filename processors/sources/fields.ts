/** The kinds of fields that the sources share: ids, integers, times, objects. Messages never show a value. */
import { z } from "zod";
import { MAX_NUMBER } from "../rule/index.js";

/** The longest id, in UTF-16 code units. */
export const MAX_ID_LENGTH = 512;

/** What nearly every id is: the quick way past the two checks behind it. */
const PRINTABLE_ASCII = /^[ -~]+$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const LAST_CONTROL = 0x1f;
const DELETE = 0x7f;
const MS_PER_SECOND = 1000;

/** What is wrong with an id; null when nothing is. */
export function idProblem(text: string): string | null {
  if (text.length === 0) return "expected a non-empty string";
  if (text.length > MAX_ID_LENGTH) return `expected at most ${MAX_ID_LENGTH} characters`;
  if (PRINTABLE_ASCII.test(text)) return null;
  if (hasControlCharacter(text)) return "expected no control characters";
  return LONE_SURROGATE.test(text) ? "expected well-formed Unicode" : null;
}

/** What is wrong with a tenant; null when nothing is. It stands before a colon in the key, so it holds none. */
export function tenantProblem(text: string): string | null {
  return text.includes(":") ? "expected no colon: it separates the parts of the key" : idProblem(text);
}

function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= LAST_CONTROL || code === DELETE) return true;
  }
  return false;
}

function stringWithout(problemOf: (text: string) => string | null) {
  return z.string().check((payload) => {
    const problem = problemOf(payload.value);
    if (problem !== null)
      payload.issues.push({ code: "custom", message: problem, input: payload.value, continue: true });
  });
}

/** An id, or any other word that is copied from a document. */
export const id = stringWithout(idProblem);
/** The id of a tenant. */
export const tenant = stringWithout(tenantProblem);

/** An integer that every part of the product keeps exactly. Adding 0 makes 0 of -0, which Avro would not. */
export const integer = z
  .int()
  .min(0)
  .max(MAX_NUMBER)
  .overwrite((value) => value + 0);

/** Epoch seconds, as epoch milliseconds. */
export const epochSeconds = integer
  .max(Math.floor(MAX_NUMBER / MS_PER_SECOND))
  .transform((seconds) => seconds * MS_PER_SECOND);

const TIME_EXPECTED = "expected a time from 1970 on: ISO 8601 with an offset, or epoch milliseconds";

const isoTime = z.iso.datetime({ offset: true, error: TIME_EXPECTED }).transform((text, context) => {
  const ms = Date.parse(text);
  if (ms >= 0) return ms;
  context.addIssue(TIME_EXPECTED);
  return z.NEVER;
});

/** ISO 8601 with an offset, or epoch milliseconds; as epoch milliseconds. */
export const time = z.union([isoTime, integer], { error: TIME_EXPECTED });

/** An id that the source writes as an integer or as a string; as a string. */
export const idOrInteger = numbered(id);
/** A tenant that the source writes as an integer or as a string; as a string. */
export const tenantOrInteger = numbered(tenant);

function numbered(text: typeof id) {
  return z.union([text, integer.transform(String)], { error: "expected a string or an integer" });
}

/** An object that is handed on as it is, without a copy. */
export const anyObject = z.custom<object>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  {
    error: "expected an object",
    params: { type: true },
  },
);

/** An array that is handed on as it is: whoever reads it stops at the first item that is wrong. */
export const anyArray = z.custom<readonly unknown[]>((value) => Array.isArray(value), {
  error: "expected an array",
  params: { type: true },
});

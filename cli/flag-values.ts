/** Values of flags that are no settings, read from their texts. */
import { UsageError } from "./errors.js";
import { printable } from "./output/text.js";

/** @param name the flag with its dashes, or the argument */
export function badValue(name: string, text: string, expected: string): UsageError {
  return new UsageError(`${name}: bad value ${JSON.stringify(printable(text))}: ${expected}`);
}

/** @throws UsageError naming the flag */
export function countOf(flag: string, text: string, most: number): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw badValue(flag, text, `expected a whole number from 1 to ${most}`);
}

/** A date, or a date and a time with its zone: a time without one would be another everywhere. */
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Epoch milliseconds. @throws UsageError naming the flag */
export function timeOf(flag: string, text: string): number {
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (time >= 0) return time;
  throw badValue(flag, text, "expected a time such as 2026-07-28T09:30:00Z, or a date");
}

/** How long something is remembered: days, hours, or never. */
import { z } from "zod";

const TIME = /^(\d{1,6})([dh]?)$/;
const NEVER = "never";
const MAX_HOURS = 876_000;
const EXPECTED = `expected a time such as 30d or 720h, from 1h to ${MAX_HOURS}h, or ${NEVER}`;

/** In hours; null: never. A number is one of hours. */
export const forgetAfterSchema: z.ZodType<number | null> = z
  .union([z.int(), z.string().transform(hoursOf), z.null()], EXPECTED)
  .refine((hours) => hours === null || (hours >= 1 && hours <= MAX_HOURS), EXPECTED);

/** NaN when it is none. */
function hoursOf(text: string): number | null {
  if (text === NEVER) return null;
  const [, count, unit] = TIME.exec(text) ?? [];
  return Number(count) * (unit === "d" ? 24 : 1);
}

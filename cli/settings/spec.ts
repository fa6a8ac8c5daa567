/** What a setting is. One list of them is validation, `--help`, the README's table and `queue-ratchet config`. */
import { z } from "zod";

export interface SettingSpec<Value> {
  /** The flag without its dashes; the environment variable and the key in a file follow from it. */
  readonly flag: string;
  /** What stands for the value in `--help`; null: a switch, which takes none on the command line. */
  readonly placeholder: string | null;
  readonly help: string;
  /** Reads the text of a flag or variable, or the value in a JSON file. */
  readonly schema: z.ZodType<Value>;
  readonly defaultValue: Value;
  /** Never printed. */
  readonly secret?: boolean;
}

/** `application-id` → `QUEUE_RATCHET_APPLICATION_ID`. */
export function environmentName(flag: string): string {
  return `QUEUE_RATCHET_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** `application-id` → `applicationId`: the key in a configuration file. */
export function fileKey(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A whole number, given as text or as a JSON number. */
export function wholeNumber(min: number, max: number): z.ZodType<number> {
  return z
    .union(
      [
        z.int(),
        z
          .string()
          .regex(/^\d{1,15}$/)
          .transform(Number),
      ],
      `expected a whole number from ${min} to ${max}`,
    )
    .refine((value) => value >= min && value <= max, `expected a whole number from ${min} to ${max}`);
}

/** A switch: the flag alone, `true` or `false` in a variable or a file. */
export function switchedOn(): z.ZodType<boolean> {
  const words = { true: true, "1": true, false: false, "0": false } as const;
  return z.union(
    [z.boolean(), z.enum(["true", "1", "false", "0"]).transform((word) => words[word])],
    "expected true or false",
  );
}

/** How a flag is given: `--port <N>`, or `--insecure-loopback` for a switch. */
export function flagUsage({ flag, placeholder }: Pick<SettingSpec<unknown>, "flag" | "placeholder">): string {
  return placeholder === null ? `--${flag}` : `--${flag} <${placeholder}>`;
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words): z.ZodType<Words[number]> {
  return z.enum(words, `expected ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`);
}

/** Text of the characters that Kafka allows in topic names. */
export function topicText(minLength: number, maxLength: number): z.ZodType<string> {
  return z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9._-]{${minLength},${maxLength}}$`),
      `expected ${minLength} to ${maxLength} of the characters a-z A-Z 0-9 . _ -`,
    );
}

/** The JSON of dead letters, as a running service sends it. A newer service may send more. */
import { z } from "zod";
import type { Letter, ListStep, ResendStep } from "../../runtime/dead-letters/index.js";

const text = z.string();
const optionalText = text.nullable();
const number = z.number();
const optionalNumber = number.nullable();
const bytes = text.transform((base64): Uint8Array => Buffer.from(base64, "base64")).nullable();

const head = {
  place: text,
  failedAtMs: optionalNumber,
  original: z.object({ topic: text, partition: number, offset: number }).nullable(),
  code: optionalText,
  message: optionalText,
  sizeBytes: optionalNumber,
  source: optionalText,
  earlierPlace: optionalText,
};

const read = z.object({ kind: z.literal("read"), records: number });

export const letterSchema: z.ZodType<Letter> = z.object({
  ...head,
  timestampMs: number,
  key: bytes,
  value: bytes,
  headers: z.array(z.object({ key: text, value: bytes })),
});

export const listStepSchema: z.ZodType<ListStep> = z.discriminatedUnion("kind", [
  read,
  z.object({
    kind: z.literal("letter"),
    letter: z.object({ ...head, sentAs: optionalText, failedAgainAs: optionalText }),
  }),
  z.object({ kind: z.literal("end"), omitted: number, codes: z.array(z.object({ code: text, letters: number })) }),
]);

const letterStep = { kind: z.literal("letter"), place: text };

export const resendStepSchema: z.ZodType<ResendStep> = z.union([
  read,
  z.object({ ...letterStep, outcome: z.enum(["sent", "would-send"]), topic: text, partition: number }),
  z.object({ ...letterStep, outcome: z.literal("sent-before") }),
  z.object({ ...letterStep, outcome: z.literal("refused"), why: text }),
  z.object({ kind: z.literal("end") }),
]);

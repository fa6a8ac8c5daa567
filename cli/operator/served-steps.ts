/** The steps of a long work, as a running service tells of them: each is looked at, and the last one must be there. */
import { z } from "zod";
import { FailedError } from "../errors.js";
import { printable } from "../output/text.js";

/** The last line of what did not end well. */
const failedSchema = z.object({
  kind: z.literal("failed"),
  code: z.string(),
  message: z.string(),
  about: z.array(z.string()).default([]),
});
export type Failed = z.infer<typeof failedSchema>;

/**
 * @param errorOf the error that a failure stands for; null: it is none of those that the command knows
 * @throws FailedError when the service fails, goes away or cannot be understood; and what `errorOf` gives
 */
export async function* servedSteps<Step extends { readonly kind: string }>(
  lines: AsyncIterable<unknown>,
  schema: z.ZodType<Step>,
  errorOf: (failed: Failed) => Error | null,
): AsyncGenerator<Step> {
  let ended = false;
  for await (const line of lines) {
    const failed = failedSchema.safeParse(line);
    if (failed.success) throw errorOf(failed.data) ?? failure(failed.data);
    const step = schema.safeParse(line);
    if (!step.success) throw notOurs(step.error);
    ended = step.data.kind === "end";
    yield step.data;
  }
  if (!ended) throw new FailedError("the running service went away in the middle of its answer: try again");
}

function failure({ code, message }: Failed): FailedError {
  return new FailedError(`the running service: ${printable(code)}: ${printable(message)}`);
}

/** @param detail what is wrong with the answer, where that can be said in a line */
export function notOurs(cause: unknown, detail?: string): FailedError {
  const what = detail === undefined ? "" : ` (${printable(detail)})`;
  return new FailedError(
    `the running service answers what this version does not understand${what}: is it of another one?`,
    { cause },
  );
}

/** The dead letters of a running service, asked of its operator endpoint. */
import type { z } from "zod";
import { UNKNOWN_LETTER } from "../../console/index.js";
import {
  type DeadLetterPort,
  formatPlace,
  type Letter,
  type LetterFilter,
  type LetterPlace,
  type ListRequest,
  type ListStep,
  type ResendRequest,
  type ResendStep,
  UnknownLetterError,
} from "../../runtime/dead-letters/index.js";
import { FailedError } from "../errors.js";
import type { OperatorClient } from "../operator/operator-client.js";
import { printable } from "../output/text.js";
import { failedSchema, letterSchema, listStepSchema, resendStepSchema } from "./service-schema.js";

const PATH = "/dead-letters";
const NOT_FOUND = 404;

export class ServiceDeadLetters implements DeadLetterPort {
  constructor(private readonly client: OperatorClient) {}

  list({ limit, ...filter }: ListRequest): AsyncGenerator<ListStep> {
    const query = new URLSearchParams({ limit: String(limit), ...queryOf(filter) });
    return checked(this.client.steps(`${PATH}?${query}`), listStepSchema);
  }

  async letter(place: LetterPlace): Promise<Letter | null> {
    const { status, body } = await this.client.get(`${PATH}/${formatPlace(place)}`);
    if (status === NOT_FOUND) return null;
    const letter = letterSchema.safeParse(body);
    if (letter.success) return letter.data;
    throw notOurs(letter.error);
  }

  resend({ dryRun, again, ...selection }: ResendRequest): AsyncGenerator<ResendStep> {
    const { places } = selection;
    const which = places === null ? { filter: selection.filter } : { places: places.map(formatPlace) };
    return checked(this.client.steps(`${PATH}/resend`, { dryRun, again, ...which }), resendStepSchema);
  }
}

function queryOf(filter: LetterFilter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]));
}

async function* checked<Step extends { readonly kind: string }>(
  lines: AsyncIterable<unknown>,
  schema: z.ZodType<Step>,
): AsyncGenerator<Step> {
  let ended = false;
  for await (const line of lines) {
    const failed = failedSchema.safeParse(line);
    if (failed.success) throw failure(failed.data);
    const step = schema.safeParse(line);
    if (!step.success) throw notOurs(step.error);
    ended = step.data.kind === "end";
    yield step.data;
  }
  if (!ended) throw new FailedError("the running service went away in the middle of its answer: try again");
}

function failure({ code, message, about }: z.infer<typeof failedSchema>): Error {
  if (code === UNKNOWN_LETTER) return new UnknownLetterError(about);
  return new FailedError(`the running service: ${printable(code)}: ${printable(message)}`);
}

function notOurs(cause: unknown): FailedError {
  return new FailedError("the running service answers what this version does not understand: is it of another one?", {
    cause,
  });
}

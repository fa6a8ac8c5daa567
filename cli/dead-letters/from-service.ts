/** The dead letters of a running service, asked of its operator endpoint. */
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
import type { OperatorClient } from "../operator/operator-client.js";
import { type Failed, notOurs, servedSteps } from "../operator/served-steps.js";
import { letterSchema, listStepSchema, resendStepSchema } from "./service-schema.js";

const PATH = "/dead-letters";
const NOT_FOUND = 404;

export class ServiceDeadLetters implements DeadLetterPort {
  constructor(private readonly client: OperatorClient) {}

  list({ limit, ...filter }: ListRequest): AsyncGenerator<ListStep> {
    const query = new URLSearchParams({ limit: String(limit), ...queryOf(filter) });
    return servedSteps(this.client.steps(`${PATH}?${query}`), listStepSchema, errorOf);
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
    const steps = this.client.steps(`${PATH}/resend`, { dryRun, again, ...which });
    return servedSteps(steps, resendStepSchema, errorOf);
  }
}

function queryOf(filter: LetterFilter): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]));
}

function errorOf({ code, about }: Failed): Error | null {
  return code === UNKNOWN_LETTER ? new UnknownLetterError(about) : null;
}

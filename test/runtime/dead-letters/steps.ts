/** What lists and sendings tell, gathered. */
import type {
  DeadLetterPort,
  ListedLetter,
  ListRequest,
  ListStep,
  ResendRequest,
  ResendStep,
} from "../../../runtime/dead-letters/index.js";
import { parsePlace } from "../../../runtime/dead-letters/index.js";

type ListEnd = Extract<ListStep, { kind: "end" }>;
export type ResentLetter = Extract<ResendStep, { kind: "letter" }>;

export async function listOf(
  port: DeadLetterPort,
  request: Partial<ListRequest> = {},
): Promise<{ readonly letters: ListedLetter[]; readonly end: ListEnd }> {
  const letters: ListedLetter[] = [];
  for await (const step of port.list({ limit: 1_000, ...request })) {
    if (step.kind === "letter") letters.push(step.letter);
    if (step.kind === "end") return { letters, end: step };
  }
  throw new Error("the list has no end");
}

/** By their places; without any, all of them. */
export async function resend(
  port: DeadLetterPort,
  places: readonly string[] | null,
  options: { readonly dryRun?: boolean; readonly again?: boolean; readonly code?: string } = {},
): Promise<ResentLetter[]> {
  const { dryRun = false, again = false, code } = options;
  const request: ResendRequest =
    places === null
      ? { places, filter: code === undefined ? {} : { code }, dryRun, again }
      : { places: places.flatMap((place) => parsePlace(place) ?? []), dryRun, again };
  const letters: ResentLetter[] = [];
  for await (const step of port.resend(request)) if (step.kind === "letter") letters.push(step);
  return letters;
}

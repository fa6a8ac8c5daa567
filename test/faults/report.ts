/** What a round has to say for itself. */
import { describeViolation, INVARIANTS } from "../support/verifier/index.js";
import { isPassed, type RoundResult } from "./round.js";

const ERRORS_SHOWN = 20;

/** One line for a round that has passed; everything that is needed to look into it for one that has not. */
export function describeRound(result: RoundResult, only: string | null, logFiles: readonly string[]): string {
  const { seed, plan, findings, course, instances } = result;
  const schedule = plan.map((kinds) => kinds.join(" + ")).join(", ");
  const { counts } = findings;
  if (isPassed(result)) {
    const checked = `${counts.get("raw events")} events, ${counts.get("decisions")} decisions`;
    return `round ${seed} passed (${course.at(-1)}): ${schedule}; ${checked}`;
  }
  return [
    `round ${seed} FAILED: ${schedule}`,
    `repeat it: ${repeatCommand(seed, only)}`,
    ...listed("what happened", course),
    ...listed("problems", result.problems),
    ...listed("violations", violationsOf(result)),
    ...listed(
      "checked",
      [...counts].map(([what, count]) => `${count} ${what}`),
    ),
    ...instances.flatMap((instance) => listed(`errors of ${instance.name}`, instance.errors().slice(-ERRORS_SHOWN))),
    ...listed("logs", [...instances.map(({ logFile }) => logFile), ...logFiles]),
  ].join("\n");
}

export function repeatCommand(seed: number, only: string | null): string {
  return `npm run test:faults -- --seed ${seed} --rounds 1${only === null ? "" : ` --only ${only}`}`;
}

function violationsOf({ findings }: RoundResult): string[] {
  const counted = [...findings.found].map(([invariant, count]) => `${invariant} (${INVARIANTS[invariant]}): ${count}`);
  return [...counted, ...findings.violations.map(describeViolation)];
}

function listed(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}

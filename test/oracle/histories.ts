/** Random histories of one conversation, and their events in other orders. */
import fc from "fast-check";
import { conversation, type JoinedEvent, workItem } from "./build.js";
import type { RuleOptions } from "./oracle.js";
import { belcoSteps, kustomerSteps, type Step } from "./steps.js";

/** What arrived, in order, and the same set of events in another order with other repetitions. */
export interface History {
  readonly options: RuleOptions;
  readonly arrivals: readonly JoinedEvent[];
  readonly rearranged: readonly JoinedEvent[];
}

const PRESENT = fc.constant<RuleOptions>({ workItemStream: "present" });
const PRESENT_OR_ABSENT = fc.oneof(
  { weight: 3, arbitrary: PRESENT },
  {
    weight: 1,
    arbitrary: fc.constant<RuleOptions>({ workItemStream: "absent" }),
  },
);

/** Histories of a source with revisions and two streams, now and then read as if it had one. */
export const kustomerHistories = histories(kustomerSteps(8), PRESENT_OR_ABSENT, 14);

/** Longer ones with a wider range: evidence gathers ahead of the register. */
export const longHistories = histories(kustomerSteps(24), PRESENT, 60);

/** Histories of a source without revisions and with one stream. */
export const belcoHistories = histories(belcoSteps(8), PRESENT, 14);

/** Histories of both kinds of source. */
export const anyHistories: fc.Arbitrary<History> = fc.oneof(
  { weight: 5, arbitrary: kustomerHistories },
  { weight: 1, arbitrary: belcoHistories },
);

/** Sets of up to `maxLength` events, for following all their orders. */
export function alphabets(maxLength: number): fc.Arbitrary<readonly JoinedEvent[]> {
  const steps = fc.array(kustomerSteps(5), {
    minLength: maxLength - 2,
    maxLength,
  });
  return steps.map((drawn) => arrivalsOf(drawn.filter((step) => step.kind !== "repetition")));
}

function histories(
  step: fc.Arbitrary<Step>,
  options: fc.Arbitrary<RuleOptions>,
  maxLength: number,
): fc.Arbitrary<History> {
  return fc
    .record({
      options,
      steps: fc.array(step, { maxLength, size: "max" }),
      weights: fc.array(fc.nat(99), { maxLength, size: "max" }),
      repeated: fc.array(fc.nat(99), { maxLength: 4 }),
    })
    .map((drawn) => {
      const arrivals = arrivalsOf(drawn.steps);
      return {
        options: drawn.options,
        arrivals,
        rearranged: rearrange(arrivals, drawn.weights, drawn.repeated),
      };
    });
}

/** Gives every new event an id of its own that decides ties at random, and every repetition an event to repeat. */
function arrivalsOf(steps: readonly Step[]): readonly JoinedEvent[] {
  const arrivals: JoinedEvent[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.kind === "repetition") {
      const repeated = arrivals[step.pick % Math.max(1, arrivals.length)];
      if (repeated !== undefined) arrivals.push(repeated);
    } else if (step.kind === "conversation") {
      arrivals.push(conversation({ ...step.fields, eventId: `${step.letter}${index}` }));
    } else {
      arrivals.push(workItem({ ...step.fields, eventId: `${step.letter}${index}` }));
    }
  }
  return arrivals;
}

function rearrange(
  arrivals: readonly JoinedEvent[],
  weights: readonly number[],
  repeated: readonly number[],
): readonly JoinedEvent[] {
  const more = repeated.flatMap((pick) => arrivals[pick % Math.max(1, arrivals.length)] ?? []);
  return [...arrivals, ...more]
    .map((joined, index) => ({
      joined,
      weight: weights[index % Math.max(1, weights.length)] ?? 0,
    }))
    .sort((left, right) => left.weight - right.weight)
    .map(({ joined }) => joined);
}

/** Which faults a round has: from its number alone, so that the number repeats it. */
import { randomNumbers } from "../oracle/settings.js";
import { FAULTS } from "./faults/index.js";

/** Faults of a round, in steps: those of one step at once. */
export type Plan = readonly (readonly string[])[];

/** One fault, two at once, one. */
const SHAPE = [1, 2, 1] as const;
/** In place of a kind: the load alone. */
export const NO_FAULT = "none";
const FAULTS_PER_ROUND = SHAPE.reduce<number>((sum, count) => sum + count, 0);

/**
 * Rounds that follow one another take their faults from an endless row of permutations of all kinds: so between two of a kind
 * there are less than twice as many faults as there are kinds, and ten rounds have them all.
 * @param round a number of any size from 0 on.
 * @param only one kind, for each of its faults.
 */
export function planOf(round: number, only: string | null): Plan {
  if (only === NO_FAULT) return [];
  const first = round * FAULTS_PER_ROUND;
  const kinds = Array.from({ length: FAULTS_PER_ROUND }, (_, index) => only ?? kindAt(first + index));
  let taken = 0;
  return SHAPE.map((count) => {
    taken += count;
    return kinds.slice(taken - count, taken);
  });
}

function kindAt(place: number): string {
  const permutation = shuffled([...FAULTS.keys()], randomNumbers(Math.floor(place / FAULTS.size)));
  return permutation[place % FAULTS.size] ?? "";
}

function shuffled<Value>(values: readonly Value[], random: () => number): readonly Value[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ value }) => value);
}

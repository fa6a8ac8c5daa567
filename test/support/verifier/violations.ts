/** What a verification finds, and how much it has looked at. */

/** What must hold of an application at rest; the words are printed with what breaks it. */
export const INVARIANTS = {
  I1: "every accepted input is there, and has led to what follows from it exactly once",
  I2: "what was decided and emitted is what the rule says",
  I3: "versions never fall, sequences have no hole and no repeat",
  I4: "the changelog replayed, the local stores and the recomputation are the same",
  I5: "the positions in the changelog are the offsets that the groups have committed",
  I6: "after the faults stop, the lag goes to zero in bounded time",
  I7: "no transaction is left open",
  I8: "each record of the joined topics has exactly one decision",
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  /** The conversation key, partition and offset, group or transaction that it is about. */
  readonly where: string;
  readonly what: string;
  readonly expected?: unknown;
  readonly found?: unknown;
}

/** Of one invariant; the rest is counted. */
const SHOWN_MAX = 10;

export class Findings {
  readonly #violations = new Map<Invariant, Violation[]>();
  readonly #counts = new Map<string, number>();
  readonly #found = new Map<Invariant, number>();

  violation(violation: Violation): void {
    const { invariant } = violation;
    this.#found.set(invariant, (this.#found.get(invariant) ?? 0) + 1);
    const shown = this.#violations.get(invariant) ?? [];
    if (shown.length < SHOWN_MAX) this.#violations.set(invariant, [...shown, violation]);
  }

  checked(what: string, count: number): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  /** Nothing checked is nothing shown: whatever must not be empty and is. */
  expectSome(invariant: Invariant, what: string): void {
    if ((this.#counts.get(what) ?? 0) > 0) return;
    this.violation({ invariant, where: what, what: "there is nothing to check", expected: "more than 0", found: 0 });
  }

  /** The first of each invariant. */
  get violations(): readonly Violation[] {
    return [...this.#violations.values()].flat();
  }

  /** How many of each invariant there are, whether shown or not. */
  get found(): ReadonlyMap<Invariant, number> {
    return this.#found;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}

export function describeViolation({ invariant, where, what, expected, found }: Violation): string {
  const values = [
    ...(expected === undefined ? [] : [`expected ${JSON.stringify(expected)}`]),
    ...(found === undefined ? [] : [`found ${JSON.stringify(found)}`]),
  ];
  return `${invariant} ${where}: ${[what, ...values].join("; ")}`;
}

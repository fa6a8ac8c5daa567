/** The rule against the oracle in every order of every small set of an alphabet that exercises every reason. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyRow } from "../../../processors/rule/index.js";
import { type AssignmentRow, REASONS, type Reason } from "../../../schemas/types.js";
import { ALPHABET, BELCO_ALPHABET } from "../../oracle/alphabet.js";
import { alphabets } from "../../oracle/histories.js";
import {
  changes,
  type Evaluation,
  evaluate,
  expectedReason,
  type JoinedEvent,
  type RuleOptions,
} from "../../oracle/oracle.js";
import { announce, SEED, setting } from "../../oracle/settings.js";
import { expectAgreement } from "./agreement.js";
import { explore } from "./explore.js";
import { decide } from "./subject.js";

const MAX_SET = setting("MAX_SET", 5);
const ALPHABETS = setting("ALPHABETS", 300);
const PRESENT: RuleOptions = { workItemStream: "present" };
const ABSENT: RuleOptions = { workItemStream: "absent" };

/** What the oracle says of one set, and of each event of the alphabet arriving after it. */
interface Expectation {
  readonly result: Evaluation;
  readonly reasons: readonly Reason[];
  readonly emits: readonly boolean[];
}

interface Enumeration {
  readonly orders: number;
  readonly repetitions: number;
  readonly reasons: ReadonlySet<Reason>;
}

/**
 * Walks all orders of all sets of up to `maxSet` events, depth first: orders share the rows of their prefixes. At each
 * row below a full set every event seen so far also arrives once more.
 */
function enumerate(alphabet: readonly JoinedEvent[], options: RuleOptions, maxSet: number): Enumeration {
  const expectations = new Map<number, Expectation>();
  const reasons = new Set<Reason>();
  const order: JoinedEvent[] = [];
  let orders = 0;
  let repetitions = 0;

  const expectationOf = (set: number): Expectation => {
    const known = expectations.get(set);
    if (known !== undefined) return known;
    const members = alphabet.filter((_, index) => (set & (1 << index)) !== 0);
    const result = evaluate(members, options);
    const computed = {
      result,
      reasons: alphabet.map((joined) => expectedReason(members, joined, options)),
      emits: alphabet.map((joined) => changes(result, evaluate([...members, joined], options))),
    };
    expectations.set(set, computed);
    return computed;
  };

  const visit = (set: number, row: AssignmentRow, length: number): void => {
    const expectation = expectationOf(set);
    for (const [index, joined] of alphabet.entries()) {
      const isRepetition = (set & (1 << index)) !== 0;
      if (length === maxSet) continue;
      const reason = expectation.reasons[index];
      const emits = expectation.emits[index];
      if (reason === undefined || emits === undefined) throw new Error("unreachable");
      const next = set | (1 << index);
      const decided = decide(row, joined, { ...options, timestamp: 1 });
      expectAgreement(row, decided, expectationOf(next).result, reason, emits, () => [...order, joined]);
      reasons.add(reason);
      if (isRepetition) {
        repetitions += 1;
        continue;
      }
      orders += 1;
      order.push(joined);
      visit(next, decided.row, length + 1);
      order.pop();
    }
  };
  visit(0, emptyRow(), 0);
  return { orders, repetitions, reasons };
}

function report(what: string, counts: Readonly<Record<string, number>>, startedAt: number): void {
  const shown = Object.entries(counts).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
  process.stdout.write(`exhaustive: ${what}: ${shown.join(", ")} in ${Math.round(performance.now() - startedAt)} ms\n`);
}

const TIMEOUT = { timeout: 600_000 };

describe("every order of every small set of events", () => {
  it(`agrees with the oracle (sets of up to ${MAX_SET} events), and every reason occurs`, TIMEOUT, () => {
    const startedAt = performance.now();
    const { orders, repetitions, reasons } = enumerate(ALPHABET, PRESENT, MAX_SET);
    report(`sets of up to ${MAX_SET} of ${ALPHABET.length} events`, { orders, repetitions }, startedAt);
    if (MAX_SET >= 3) expect(REASONS.filter((reason) => !reasons.has(reason))).toEqual([]);
  });

  it("agrees with the oracle in a source without revisions, where nothing forks", TIMEOUT, () => {
    const startedAt = performance.now();
    const { orders, repetitions, reasons } = enumerate(BELCO_ALPHABET, PRESENT, BELCO_ALPHABET.length);
    report("a source without revisions", { orders, repetitions }, startedAt);
    expect(reasons).not.toContain("FORKED_REVISION");
  });

  it("agrees with the oracle without a work-item stream, where nothing is an echo", TIMEOUT, () => {
    const startedAt = performance.now();
    const conversations = ALPHABET.filter(({ kind }) => kind === "conversation");
    const { orders, repetitions, reasons } = enumerate(conversations, ABSENT, MAX_SET);
    report("no work-item stream", { orders, repetitions }, startedAt);
    expect([...reasons].filter((reason) => reason.includes("ECHO") || reason.includes("SYNC"))).toEqual([]);
  });
});

describe("every order of a whole alphabet, with any repetitions", () => {
  it("agrees with the oracle on random alphabets", TIMEOUT, () => {
    const startedAt = performance.now();
    announce("exhaustive", { ALPHABETS });
    let states = 0;
    let decisions = 0;
    fc.assert(
      fc.property(alphabets(9), (alphabet) => {
        const counts = explore(alphabet, PRESENT);
        states += counts.states;
        decisions += counts.decisions;
      }),
      { numRuns: ALPHABETS, seed: SEED },
    );
    report("random alphabets", { states, decisions }, startedAt);
  });

  it("agrees with the oracle in every state that can be reached", TIMEOUT, () => {
    const startedAt = performance.now();
    const { sets, states, decisions, finalRows, reasons } = explore(ALPHABET, PRESENT);
    report(`all ${ALPHABET.length}! orders`, { sets, states, decisions, "final rows": finalRows.length }, startedAt);
    expect(REASONS.filter((reason) => !reasons.includes(reason))).toEqual([]);
  });
});

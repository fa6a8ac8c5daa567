/**
 * Every order of a set of events with any repetitions, by following the states they can reach: two orders of the same
 * set that leave the same row are followed once. Sound because a decision depends on nothing in a row but what is kept
 * in the merged state: the sequence and the last emission are only counted and repeated.
 */
import { emptyRow } from "../../../processors/rule/index.js";
import { assignmentRowCodec } from "../../../schemas/row.js";
import type { AssignmentRow, Reason } from "../../../schemas/types.js";
import {
  changes,
  type Evaluation,
  evaluate,
  expectedReason,
  type JoinedEvent,
  type RuleOptions,
} from "../../oracle/oracle.js";
import { expectAgreement } from "./agreement.js";
import { decide } from "./subject.js";

export interface Exploration {
  /** The distinct rows after all events. */
  readonly finalRows: readonly AssignmentRow[];
  readonly sets: number;
  readonly states: number;
  readonly decisions: number;
  readonly reasons: readonly Reason[];
}

/** @throws Error at the first decision that differs from the oracle's. */
export function explore(alphabet: readonly JoinedEvent[], options: RuleOptions): Exploration {
  const full = 2 ** alphabet.length - 1;
  const rowsOfSet = new Map<number, Map<string, AssignmentRow>>([[0, new Map([["", emptyRow()]])]]);
  const results = new Map<number, Evaluation>();
  const reasons = new Set<Reason>();
  let states = 0;
  let decisions = 0;

  const membersOf = (set: number) => alphabet.filter((_, index) => (set & (1 << index)) !== 0);
  const resultOf = (set: number): Evaluation => {
    const known = results.get(set) ?? evaluate(membersOf(set), options);
    results.set(set, known);
    return known;
  };

  for (let set = 0; set <= full; set += 1) {
    const rows = rowsOfSet.get(set) ?? new Map<string, AssignmentRow>();
    const seen = membersOf(set);
    const expected = alphabet.map((joined) => expectedReason(seen, joined, options));
    for (const row of rows.values()) {
      // A repetition may add a state to the set being walked: the map's iterator visits it, too.
      for (const [index, joined] of alphabet.entries()) {
        const next = set | (1 << index);
        const reason = expected[index];
        if (reason === undefined) throw new Error("unreachable");
        const decided = decide(row, joined, { ...options, timestamp: 1 });
        const emits = changes(resultOf(set), resultOf(next));
        expectAgreement(row, decided, resultOf(next), reason, emits, () => [...seen, joined]);
        reasons.add(reason);
        decisions += 1;
        const merged = rowsOfSet.get(next) ?? new Map<string, AssignmentRow>();
        rowsOfSet.set(next, merged);
        const key = stateKey(decided.row);
        if (!merged.has(key)) merged.set(key, decided.row);
      }
    }
    states += rows.size;
    results.delete(set);
    if (set !== full) rowsOfSet.delete(set);
  }
  return {
    finalRows: [...(rowsOfSet.get(full)?.values() ?? [])],
    sets: full + 1,
    states,
    decisions,
    reasons: [...reasons],
  };
}

function stateKey(row: AssignmentRow): string {
  return Buffer.from(assignmentRowCodec.encode({ ...row, sequence: 0, lastEmission: null })).toString("latin1");
}

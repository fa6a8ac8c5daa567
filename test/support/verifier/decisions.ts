/** I8: one decision for each record of the joined topics, or one dead letter for what cannot be decided. */
import { isDeepStrictEqual } from "node:util";
import type { AssignmentDecision } from "../../../schemas/types.js";
import { type JoinedRecord, nameOf, type OutputRecord } from "./partition.js";
import type { Findings } from "./violations.js";

interface Answers {
  decisions: number;
  deadLetters: number;
}

/**
 * @param joined the records of a partition of both joined topics
 * @param decisions of the same partition
 * @param deadLetters how many there are, by the name of the place of what they were
 */
export function checkDecisions(
  findings: Findings,
  joined: ReadonlyMap<string, JoinedRecord>,
  decisions: readonly OutputRecord<AssignmentDecision>[],
  deadLetters: ReadonlyMap<string, number>,
): void {
  const answers = new Map<string, Answers>();
  for (const [place, record] of joined) {
    // One that was refused is a dead letter, as any other.
    if (isControl(record) && !deadLetters.has(place)) continue;
    answers.set(place, { decisions: 0, deadLetters: deadLetters.get(place) ?? 0 });
  }
  for (const decision of decisions) {
    const input = inputOf(decision);
    const of = answers.get(input);
    const record = joined.get(input);
    if (of === undefined || record === undefined) {
      violation(findings, nameOf(decision.place), "it decides a record that is not there", undefined, input);
      continue;
    }
    of.decisions += 1;
    checkIdentity(findings, record, decision);
  }
  for (const [place, found] of answers) {
    const decidable = joined.get(place)?.joined !== null;
    const expected: Answers = { decisions: decidable ? 1 : 0, deadLetters: decidable ? 0 : 1 };
    if (!isDeepStrictEqual(found, expected)) violation(findings, place, "what came of this record", expected, found);
  }
  findings.checked("joined records", joined.size);
  findings.checked("decisions", decisions.length);
}

/** It has no decision. */
function isControl({ headers }: JoinedRecord): boolean {
  return headers.control !== undefined;
}

/** The name of the place that a decision says it decided. */
export function inputOf({ value }: OutputRecord<AssignmentDecision>): string {
  return nameOf({ topic: value.inputTopic, partition: value.inputPartition, offset: value.inputOffset });
}

/** A decision lies beside its input and says of which event it is. */
function checkIdentity(
  findings: Findings,
  record: JoinedRecord,
  { place, key, timestamp, value }: JoinedDecision,
): void {
  const { event } = record.joined ?? {};
  const expected = {
    partition: record.place.partition,
    key: record.key,
    timestamp: record.timestamp,
    eventId: event?.eventId,
    isSync: event?.isSync,
    rawPosition: record.headers["raw-position"] ?? null,
  };
  const { eventId, isSync, rawPosition } = value;
  const found = { partition: place.partition, key, timestamp, eventId, isSync, rawPosition };
  if (!isDeepStrictEqual(found, expected))
    violation(findings, nameOf(place), "it is not about its input", expected, found);
}

type JoinedDecision = OutputRecord<AssignmentDecision>;

function violation(findings: Findings, where: string, what: string, expected?: unknown, found?: unknown): void {
  findings.violation({ invariant: "I8", where, what, expected, found });
}

/** I3 and I2: the sync topic, record by record and by what it ends with. */
import { isDeepStrictEqual } from "node:util";
import type { QueueAssignment } from "../../../schemas/types.js";
import {
  compareVersions,
  type Evaluation,
  evaluate,
  type JoinedEvent,
  type RuleOptions,
  sameTarget,
} from "../../oracle/oracle.js";
import { type JoinedRecord, keyOf, nameOf, type OutputRecord } from "./partition.js";
import type { ExpectedAssignment, Recomputed } from "./recomputation.js";
import type { Findings } from "./violations.js";

type Emitted = OutputRecord<QueueAssignment>;
type Versions = Pick<QueueAssignment, "assignmentVersion" | "lifecycleVersion">;

/**
 * @param assignments of a partition, all that were ever written: compaction has not come by
 * @returns the last of each key
 */
export function checkAssignments(
  findings: Findings,
  assignments: readonly Emitted[],
  recomputed: ReadonlyMap<string, Recomputed>,
): ReadonlyMap<string, QueueAssignment> {
  const last = new Map<string, QueueAssignment>();
  for (const emitted of assignments) {
    const key = emitted.key ?? "";
    if (emitted.headers.republished !== undefined) {
      checkRepublished(findings, emitted, last.get(key));
      continue;
    }
    checkStep(findings, emitted, last.get(key));
    checkContent(findings, emitted, recomputed.get(key)?.emitted[emitted.value.sequence - 1]);
    last.set(key, emitted.value);
  }
  for (const [key, { emitted }] of recomputed) {
    const found = last.get(key)?.sequence ?? 0;
    if (found !== emitted.length)
      violation(findings, "I3", key, "sequence of the last assignment", emitted.length, found);
  }
  findings.checked("assignments", assignments.length);
  return last;
}

/** The end of each conversation, whatever the order of its events was (R1). */
export function checkFinal(
  findings: Findings,
  joined: Iterable<JoinedRecord>,
  last: ReadonlyMap<string, QueueAssignment>,
  options: RuleOptions,
): void {
  const conversations = new Map<string, JoinedEvent[]>();
  for (const { joined: event } of joined) {
    if (event === null) continue;
    const key = keyOf(event);
    const events = conversations.get(key) ?? [];
    conversations.set(key, events);
    events.push(event);
  }
  for (const [key, events] of conversations) {
    const expected = finalOf(evaluate(events, options));
    const found = finalOf(last.get(key) ?? evaluate([], options));
    if (!isDeepStrictEqual(found, expected)) violation(findings, "I2", key, "the last assignment", expected, found);
  }
  findings.checked("conversations", conversations.size);
}

/** Without the versions: these also rise with what only confirms, and is not emitted. */
function finalOf({
  assignment,
  assignmentVersion,
  lifecycle,
}: Pick<Evaluation, "assignment" | "assignmentVersion" | "lifecycle">) {
  return { assignment, isKnown: assignmentVersion !== null, lifecycle };
}

function checkStep(findings: Findings, { place, value }: Emitted, before: QueueAssignment | undefined): void {
  const where = `${nameOf(place)} (${value.conversationId})`;
  const next = (before?.sequence ?? 0) + 1;
  if (value.sequence !== next) violation(findings, "I3", where, "sequence", next, value.sequence);
  if (!rises(before, value))
    violation(findings, "I3", where, "versions", before && versionsOf(before), versionsOf(value));
  const previous = before?.assignment ?? null;
  if (!sameTarget(value.previousAssignment, previous))
    violation(findings, "I3", where, "previousAssignment", previous, value.previousAssignment);
}

/** What was emitted last, with the versions that its registers had by then: R2 and R4 are not about it. */
function checkRepublished(findings: Findings, { place, timestamp, value }: Emitted, last?: QueueAssignment): void {
  const where = `${nameOf(place)} (${value.conversationId}, republished)`;
  const { assignmentVersion, lifecycleVersion } = value;
  const expected = last && { ...last, assignmentVersion, lifecycleVersion };
  if (!isDeepStrictEqual(value, expected)) violation(findings, "I3", where, "it was not emitted last", last, value);
  if (
    last !== undefined &&
    (direction(last.assignmentVersion, assignmentVersion) < 0 || direction(last.lifecycleVersion, lifecycleVersion) < 0)
  )
    violation(findings, "I3", where, "versions", versionsOf(last), versionsOf(value));
  if (timestamp !== value.emittedAt) violation(findings, "I3", where, "timestamp", value.emittedAt, timestamp);
  findings.checked("republished", 1);
}

function versionsOf({ assignmentVersion, lifecycleVersion }: Versions): Versions {
  return { assignmentVersion, lifecycleVersion };
}

/** R2: neither falls, at least one rises. */
function rises(before: Versions | undefined, after: Versions): boolean {
  const assignment = direction(before?.assignmentVersion ?? null, after.assignmentVersion);
  const lifecycle = direction(before?.lifecycleVersion ?? null, after.lifecycleVersion);
  return assignment >= 0 && lifecycle >= 0 && assignment + lifecycle > 0;
}

function direction(before: Versions["assignmentVersion"], after: Versions["assignmentVersion"]): number {
  if (before === null || after === null) return Number(after !== null) - Number(before !== null);
  return compareVersions(after, before);
}

function checkContent(
  findings: Findings,
  { place, timestamp, key, value }: Emitted,
  expected?: ExpectedAssignment,
): void {
  const { source, tenant, conversationId, ...found } = value;
  const where = `${nameOf(place)} (${key})`;
  if (expected === undefined) {
    violation(findings, "I2", where, "no decision emits this", undefined, found);
    return;
  }
  const whole = { ...expected, key: `${source}:${tenant}:${conversationId}`, timestamp: expected.emittedAt };
  if (!isDeepStrictEqual({ ...found, key, timestamp }, whole))
    violation(findings, "I2", where, "the rule emits something else", whole, { ...found, key, timestamp });
}

function violation(
  findings: Findings,
  invariant: "I2" | "I3",
  where: string,
  what: string,
  expected?: unknown,
  found?: unknown,
): void {
  findings.violation({ invariant, where, what, expected, found });
}

/** The decision rule by its definitions: a brute-force function of the set of events of one conversation. */
import {
  type Lifecycle,
  REASONS,
  type Reason,
  type SourceRecord,
  type Target,
  type Version,
} from "../../schemas/types.js";
import type { JoinedEvent } from "./build.js";
import {
  type Claim,
  compareUpToEventId,
  compareVersions,
  conversationKey,
  DELETION_BASIS,
  intentOf,
  isCompletion,
  isDeletion,
  isForwardSync,
  isObservedOnly,
  isReverseSync,
  type RuleOptions,
  sameTarget,
  statusOf,
  versionRises,
} from "./definitions.js";

export type { JoinedEvent } from "./build.js";
export type { RuleOptions } from "./definitions.js";
export {
  compareVersions,
  intentOf,
  sameTarget,
  versionRises,
} from "./definitions.js";

/** The result of section 3. */
export interface Evaluation {
  readonly assignment: Target | null;
  /** `null` while the assignment is unknown. */
  readonly assignmentVersion: Version | null;
  readonly lifecycle: Lifecycle;
  readonly lifecycleVersion: Version | null;
  readonly record: SourceRecord | null;
  readonly diverged: boolean;
}

/** What a queue assignment must say; its identity and `emittedAt` are the input's. */
export interface ExpectedEmission {
  readonly sequence: number;
  readonly assignment: Target | null;
  readonly previousAssignment: Target | null;
  readonly lifecycle: Lifecycle;
  readonly assignmentVersion: Version | null;
  readonly lifecycleVersion: Version | null;
  readonly causeEventId: string;
  readonly reason: Reason;
  readonly decidedAt: number;
}

/** Section 3: the result as a function of the set of events seen. */
export function evaluate(events: readonly JoinedEvent[], options: RuleOptions): Evaluation {
  const set = distinct(events);
  const deletion = greatestText(set.filter(isDeletion).map(eventIdOf));
  if (deletion !== null) return deletedBy(deletion);
  const intent = greatest(set.flatMap((joined) => intentOf(joined, set, options) ?? []));
  const status = greatest(set.flatMap((joined) => statusOf(joined) ?? []));
  const record = recordOf(set);
  const assignment = intent?.value ?? null;
  return {
    assignment,
    assignmentVersion: intent?.key ?? null,
    lifecycle: status?.value ?? "OPEN",
    lifecycleVersion: status?.key ?? null,
    record,
    diverged: record !== null && !sameTarget(record.target, assignment),
  };
}

/** Section 4: what must have been emitted after all of a sequence of arrivals. */
export function expectedEmissions(arrivals: readonly JoinedEvent[], options: RuleOptions): readonly ExpectedEmission[] {
  const emissions: ExpectedEmission[] = [];
  for (const [index, joined] of arrivals.entries()) {
    const seen = arrivals.slice(0, index);
    const before = evaluate(seen, options);
    const after = evaluate([...seen, joined], options);
    if (!changes(before, after)) continue;
    const reason = expectedReason(seen, joined, options);
    const cause = reason === "PROMOTED" ? holderOf(after, seen) : joined;
    const { assignment, assignmentVersion, lifecycle, lifecycleVersion } = after;
    emissions.push({
      sequence: emissions.length + 1,
      assignment,
      previousAssignment: emissions.at(-1)?.assignment ?? null,
      lifecycle,
      assignmentVersion,
      lifecycleVersion,
      causeEventId: cause.event.eventId,
      reason,
      decidedAt: cause.event.occurredAt,
    });
  }
  return emissions;
}

/** Section 5: the reason of one arrival, from the results before and after it. */
export function expectedReason(seen: readonly JoinedEvent[], joined: JoinedEvent, options: RuleOptions): Reason {
  const before = evaluate(seen, options);
  const set = distinct([...seen, joined]);
  const after = evaluate(set, options);
  const { eventId } = joined.event;
  if (changes(before, after)) return emittingReason(before, after, eventId);
  if (before.assignmentVersion?.eventId === eventId || before.lifecycleVersion?.eventId === eventId) {
    return "DUPLICATE";
  }
  const intent = intentOf(joined, set, options);
  const status = statusOf(joined);
  const reverseSync = isReverseSync(joined, options);
  const registers = intent !== null || status !== null || reverseSync || isDeletion(joined);
  if (before.lifecycle === "DELETED" && registers) return "CONVERSATION_DELETED";

  const fitting = new Set<Reason>();
  const promoted = after.assignmentVersion?.eventId !== eventId;
  if (promoted && versionRises(before.assignmentVersion, after.assignmentVersion)) fitting.add("PROMOTED");
  if (intent !== null) fitting.add(intentReason(joined, intent, after));
  if (status !== null) fitting.add(statusReason(status, after));
  if (reverseSync) fitting.add(reverseSyncReason(eventId, after));
  if (isForwardSync(joined)) fitting.add("ECHO_FORWARD");
  if (isCompletion(joined)) fitting.add("WORK_COMPLETED");
  if (!registers) fitting.add("NO_QUEUE_CHANGE");
  if (isForwardSync(joined) || isCompletion(joined)) fitting.delete("NO_QUEUE_CHANGE");
  const first = REASONS.find((reason) => fitting.has(reason));
  if (first === undefined) throw new Error(`no reason fits ${JSON.stringify(joined)}`);
  return first;
}

/** Section 4: whether the pair changes by value, unknown being a value of its own. */
export function changes(before: Evaluation, after: Evaluation): boolean {
  return assignmentChanges(before, after) || before.lifecycle !== after.lifecycle;
}

function assignmentChanges(before: Evaluation, after: Evaluation): boolean {
  if ((before.assignmentVersion === null) !== (after.assignmentVersion === null)) return true;
  return !sameTarget(before.assignment, after.assignment);
}

function emittingReason(before: Evaluation, after: Evaluation, eventId: string): Reason {
  if (after.lifecycle === "DELETED" || !assignmentChanges(before, after)) return "LIFECYCLE_CHANGED";
  if (after.assignmentVersion?.eventId !== eventId) return "PROMOTED";
  return after.assignment === null ? "UNASSIGNED" : "ASSIGNED";
}

function intentReason(joined: JoinedEvent, intent: Claim<Target | null>, after: Evaluation): Reason {
  const holder = after.assignmentVersion;
  if (holder === null) throw new Error("an intent was seen and nothing holds the assignment");
  if (holder.eventId === intent.key.eventId) return "CONFIRMED";
  if (sameTarget(intent.value, after.assignment)) return "SUPERSEDED_SAME_TARGET";
  const hasRevision = joined.event.revision !== null;
  if (hasRevision && compareUpToEventId(intent.key, holder) === 0) return "FORKED_REVISION";
  return joined.kind === "conversation" ? "STALE_REVISION" : "STALE_BASIS";
}

function statusReason(status: Claim<Lifecycle>, after: Evaluation): Reason {
  if (after.lifecycleVersion?.eventId === status.key.eventId) return "CONFIRMED";
  return status.value === after.lifecycle ? "SUPERSEDED_SAME_TARGET" : "STALE_REVISION";
}

function reverseSyncReason(eventId: string, after: Evaluation): Reason {
  if (after.record?.eventId !== eventId) return "ECHO_OUTDATED";
  return sameTarget(after.record.target, after.assignment) ? "ECHO_IN_SYNC" : "STALE_REVERSE_SYNC";
}

function recordOf(set: readonly JoinedEvent[]): SourceRecord | null {
  const written = set.flatMap((joined): readonly Claim<Target | null>[] => {
    if (joined.kind !== "conversation" || isObservedOnly(joined)) return [];
    const { queueChange } = joined.event;
    return queueChange === null ? [] : [{ value: queueChange.target, key: conversationKey(joined) }];
  });
  const last = greatest(written);
  return last === null
    ? null
    : {
        target: last.value,
        revision: last.key.basis,
        eventId: last.key.eventId,
      };
}

function deletedBy(eventId: string): Evaluation {
  const version = {
    basis: DELETION_BASIS,
    kind: 0,
    workItemNumber: 0,
    workItemRevision: 0,
    eventId,
  };
  return {
    assignment: null,
    assignmentVersion: version,
    lifecycle: "DELETED",
    lifecycleVersion: version,
    record: null,
    diverged: false,
  };
}

function holderOf(evaluation: Evaluation, seen: readonly JoinedEvent[]): JoinedEvent {
  const holder = seen.find((joined) => joined.event.eventId === evaluation.assignmentVersion?.eventId);
  if (holder === undefined) throw new Error("the holder of the assignment was not seen");
  return holder;
}

/** The events without repetitions: one id never has two contents. */
export function distinct(events: readonly JoinedEvent[]): readonly JoinedEvent[] {
  return events.filter(
    (joined, index) => events.findIndex((other) => eventIdOf(other) === eventIdOf(joined)) === index,
  );
}

function eventIdOf(joined: JoinedEvent): string {
  return joined.event.eventId;
}

function greatest<Value>(claims: readonly Claim<Value>[]): Claim<Value> | null {
  let best: Claim<Value> | null = null;
  for (const claim of claims) {
    if (best === null || compareVersions(best.key, claim.key) < 0) best = claim;
  }
  return best;
}

function greatestText(texts: readonly string[]): string | null {
  let best: string | null = null;
  for (const text of texts) {
    if (best === null || best < text) best = text;
  }
  return best;
}

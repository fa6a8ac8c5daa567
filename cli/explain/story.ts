/** What the decisions of a conversation tell of each other: what each of them found when it was made. */
import { compareVersions } from "../../processors/index.js";
import type { Timeline } from "../../runtime/queries/index.js";
import type { AssignmentDecision, Version } from "../../schemas/index.js";
import type { Background } from "../output/sentences.js";

export interface Step {
  readonly decision: AssignmentDecision;
  readonly background: Background;
  /** Other events of the same trace that decided, copied or told of a target (decision rule, section 7). */
  readonly sameTrace: readonly AssignmentDecision[];
}

type RecordChange = NonNullable<Background["recordedBy"]>;

/** The steps in the order of the decisions. A decision does not say everything: what cannot be known stays absent. */
export function stepsOf(timeline: Timeline): Step[] {
  const traces = byTrace(timeline.decisions);
  let holderBefore: Version | null | undefined = isWhole(timeline) ? null : undefined;
  let lifecycleHolder = lifecycleHolderBefore(timeline);
  let recordedBy: RecordChange | null = null;
  const originals = new Map<string, AssignmentDecision>();
  return timeline.decisions.map((decision) => {
    const original = originals.get(targetId(decision)) ?? null;
    const background = {
      ...(holderBefore === undefined ? {} : { holderBefore }),
      lifecycleHolder,
      recordedBy: isNewer(recordedBy, decision) ? recordedBy : null,
      original: decision.reason === "STALE_REVERSE_SYNC" ? original : null,
    };
    holderBefore = decision.holderVersion;
    lifecycleHolder = greater(lifecycleHolder, statusOf(decision, timeline));
    const change = recordChangeOf(decision);
    if (change !== null && !isNewer(recordedBy, change)) recordedBy = change;
    if (decision.entity === "WORK_ITEM" && decision.version !== null) originals.set(targetId(decision), decision);
    const sameTrace = (traces.get(decision.traceId ?? "") ?? []).filter((other) => other !== decision);
    return { decision, background, sameTrace: saysTarget(decision) ? sameTrace : [] };
  });
}

export function isWhole({ omittedDecisions, beginningExpired }: Timeline): boolean {
  return omittedDecisions === 0 && !beginningExpired;
}

/** The status that holds in the end was there before the decisions that are listed, when none of them is its. */
function lifecycleHolderBefore({ decisions, lifecycleVersion }: Timeline): Version | null {
  return decisions.some(({ eventId }) => eventId === lifecycleVersion?.eventId) ? null : lifecycleVersion;
}

/** The key of the status that an event surely carried and that took its register. */
function statusOf(decision: AssignmentDecision, { lifecycleVersion }: Timeline): Version | null {
  const { entity, reason, version, eventId, holderEventId } = decision;
  if (entity !== "CONVERSATION" || version === null) return null;
  if (eventId === lifecycleVersion?.eventId) return version;
  const confirmsStatus = reason === "CONFIRMED" && holderEventId !== eventId;
  return reason === "LIFECYCLE_CHANGED" || confirmsStatus ? version : null;
}

const RECORD_REASONS: readonly string[] = ["ASSIGNED", "UNASSIGNED", "ECHO_IN_SYNC", "STALE_REVERSE_SYNC"];

/** A queue change of the source's record, as far as the decision shows that there was one. */
function recordChangeOf({ entity, eventId, reason, revision, target }: AssignmentDecision): RecordChange | null {
  if (entity !== "CONVERSATION" || revision === null) return null;
  return target !== null || RECORD_REASONS.includes(reason) ? { eventId, revision } : null;
}

function isNewer(
  change: RecordChange | null,
  than: { readonly eventId: string; readonly revision: number | null },
): boolean {
  if (change === null || than.revision === null) return false;
  return change.revision > than.revision || (change.revision === than.revision && change.eventId > than.eventId);
}

function greater(a: Version | null, b: Version | null): Version | null {
  if (a === null || b === null) return a ?? b;
  return compareVersions(a, b) >= 0 ? a : b;
}

function saysTarget({ version, isSync, target }: AssignmentDecision): boolean {
  return version !== null || isSync || target !== null;
}

function byTrace(decisions: readonly AssignmentDecision[]): Map<string, AssignmentDecision[]> {
  const traces = new Map<string, AssignmentDecision[]>();
  for (const decision of decisions) {
    if (decision.traceId === null || !saysTarget(decision)) continue;
    const known = traces.get(decision.traceId);
    if (known === undefined) traces.set(decision.traceId, [decision]);
    else known.push(decision);
  }
  return traces;
}

function targetId({ target }: AssignmentDecision): string {
  return target === null ? "" : `${target.type} ${target.id}`;
}

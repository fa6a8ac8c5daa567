/** Records of the sync topic as no single run writes them: out of order, repeated, of several replays; and where they end. */
import { compareVersions } from "../../../processors/index.js";
import type { Lifecycle, QueueAssignment, Target, Version } from "../../../schemas/types.js";

/** In the order of UTF-16; bytes of UTF-8 have the last three otherwise, and a locale's collation the first three. */
const EVENT_IDS = ["A", "_", "a", "a1", "\u{1f600}", "\ue000", "\uffff"];
const LIFECYCLES: readonly Lifecycle[] = ["OPEN", "SNOOZED", "CLOSED"];
const DELETION_BASIS = 2 ** 53 - 2;
const CONVERSATIONS = 6;

export interface Row {
  readonly assignment: Target | null;
  readonly lifecycle: Lifecycle;
}

/**
 * One version has one value, as the rule has it; the two versions of a record have nothing to do with each other, as after replays of
 * different lengths.
 */
export function mixedRecords(count: number, random: () => number): QueueAssignment[] {
  return Array.from({ length: count }, (_, index) => {
    const conversationId = `c${below(CONVERSATIONS, random)}`;
    const assignmentVersion = below(8, random) === 0 ? null : version(random, below(3, random) === 0 ? 1 : 0);
    const lifecycleVersion = below(8, random) === 0 ? null : version(random, 0);
    return {
      source: "kustomer",
      tenant: "t1",
      conversationId,
      sequence: index + 1,
      assignment: targetOf(assignmentVersion),
      previousAssignment: null,
      lifecycle: lifecycleOf(lifecycleVersion),
      assignmentVersion,
      lifecycleVersion,
      causeEventId: "e",
      reason: "ASSIGNED",
      decidedAt: index,
      emittedAt: index,
    };
  });
}

/** By key: the greatest version of each register, whatever the order. */
export function tableOf(records: readonly QueueAssignment[]): Map<string, Row> {
  const keys = [...new Set(records.map(keyOf))].sort();
  return new Map(
    keys.map((key) => {
      const own = records.filter((record) => keyOf(record) === key);
      return [
        key,
        {
          assignment: targetOf(greatest(own.map(({ assignmentVersion }) => assignmentVersion))),
          lifecycle: lifecycleOf(greatest(own.map(({ lifecycleVersion }) => lifecycleVersion))),
        },
      ];
    }),
  );
}

export function keyOf({ source, tenant, conversationId }: QueueAssignment): string {
  return `${source}:${tenant}:${conversationId}`;
}

function version(random: () => number, kind: number): Version {
  const ofWorkItem = (numbers: number) => (kind === 0 ? 0 : 1 + below(numbers, random));
  return {
    basis: below(40, random) === 0 ? DELETION_BASIS : below(3, random),
    kind,
    workItemNumber: ofWorkItem(2),
    workItemRevision: ofWorkItem(3),
    eventId: EVENT_IDS[below(EVENT_IDS.length, random)] ?? "",
  };
}

function targetOf(version: Version | null): Target | null {
  if (version === null || version.eventId === "_") return null;
  const { basis, kind, workItemNumber, workItemRevision, eventId } = version;
  return { type: "QUEUE", id: [basis, kind, workItemNumber, workItemRevision, eventId].join("/") };
}

function lifecycleOf(version: Version | null): Lifecycle {
  if (version === null) return "OPEN";
  return LIFECYCLES[(version.basis + EVENT_IDS.indexOf(version.eventId)) % LIFECYCLES.length] ?? "OPEN";
}

function greatest(versions: readonly (Version | null)[]): Version | null {
  return versions.reduce((greater, one) => {
    if (greater === null || one === null) return greater ?? one;
    return compareVersions(one, greater) > 0 ? one : greater;
  }, null);
}

function below(bound: number, random: () => number): number {
  return Math.floor(random() * bound);
}

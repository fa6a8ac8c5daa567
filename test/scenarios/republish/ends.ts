/** What the sync topic holds at the end of a scenario, and what a consumer makes of it that lost its data. */
import { expect } from "vitest";
import { compareVersions } from "../../../processors/index.js";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import type { AssignmentRow, QueueAssignment, Version } from "../../../schemas/index.js";

export interface Emitted {
  readonly partition: number;
  readonly key: string;
  readonly timestamp: number;
  readonly isRepublished: boolean;
  readonly value: QueueAssignment;
}

export function emitted(record: ConsumedRecord, value: QueueAssignment): Emitted {
  const { partition, key, timestamp, headers } = record;
  const isRepublished = headers.some((header) => header.key === "republished");
  return { partition, key: Buffer.from(key ?? []).toString(), timestamp, isRepublished, value };
}

/** R2 and R4, of all that was not republished; and what was republished is what had been emitted last. */
export function expectOrder(all: readonly Emitted[]): void {
  const last = new Map<string, QueueAssignment>();
  for (const { key, timestamp, isRepublished, value } of all) {
    const before = last.get(key);
    if (isRepublished) {
      const { assignmentVersion, lifecycleVersion } = value;
      expect(value, key).toEqual({ ...before, assignmentVersion, lifecycleVersion });
      expect(timestamp, key).toBe(value.emittedAt);
    } else {
      expect(value.sequence, key).toBe((before?.sequence ?? 0) + 1);
      if (before !== undefined) expect(emittedPair(value), key).not.toEqual(emittedPair(before));
      last.set(key, value);
    }
    const newest = isRepublished ? before : value;
    expect(isNewer(value.assignmentVersion, newest?.assignmentVersion ?? null), key).toBe(true);
  }
}

/** Unknown is a value of its own. */
function emittedPair({ assignment, assignmentVersion, lifecycle }: QueueAssignment) {
  return { assignment, isKnown: assignmentVersion !== null, lifecycle };
}

/** Its table, when it reads each partition from the first republished record on, with the version guard. */
export function tableOfWhoLostAll(
  all: readonly Emitted[],
): Map<string, Pick<QueueAssignment, "assignment" | "lifecycle">> {
  const table = new Map<string, QueueAssignment>();
  const begun = new Set<number>();
  for (const { partition, key, isRepublished, value } of all) {
    if (isRepublished) begun.add(partition);
    if (!begun.has(partition)) continue;
    const before = table.get(key);
    table.set(key, before === undefined ? value : merged(before, value));
  }
  return new Map([...table].map(([key, { assignment, lifecycle }]) => [key, { assignment, lifecycle }]));
}

/** Of all conversations of which something was emitted. */
export function tableOfRows(rows: ReadonlyMap<string, AssignmentRow>) {
  const entries = [...rows].filter(([, { lastEmission }]) => lastEmission !== null);
  return new Map(entries.map(([key, { assignment, lifecycle }]) => [key, { assignment, lifecycle }]));
}

/** Each register by its own version. */
function merged(before: QueueAssignment, after: QueueAssignment): QueueAssignment {
  const newerAssignment = isNewer(after.assignmentVersion, before.assignmentVersion);
  const newerLifecycle = isNewer(after.lifecycleVersion, before.lifecycleVersion);
  return {
    ...before,
    ...(newerAssignment ? { assignment: after.assignment, assignmentVersion: after.assignmentVersion } : {}),
    ...(newerLifecycle ? { lifecycle: after.lifecycle, lifecycleVersion: after.lifecycleVersion } : {}),
  };
}

function isNewer(version: Version | null, than: Version | null): boolean {
  if (version === null || than === null) return than === null;
  return compareVersions(version, than) >= 0;
}

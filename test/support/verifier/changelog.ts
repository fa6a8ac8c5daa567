/** I4: what the changelog holds and the local stores have of it, against the recomputation. */
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { AssignmentRow, Positions } from "../../../schemas/types.js";
import { firstInputOf } from "./first-input.js";
import type { LocalPartition, LocalStore } from "./local-stores.js";
import type { Recomputed } from "./recomputation.js";
import { type CHANGELOG, ROW_VERSION, type Stored, storedPositions, storedRow } from "./records.js";
import { POSITIONS_KEY, STORE } from "./topics.js";
import type { Findings } from "./violations.js";

/** A changelog, or the beginning of one, replayed. */
export interface Replayed {
  /** The last of each key. */
  readonly rows: ReadonlyMap<string, Stored<AssignmentRow>>;
  /** The keys of rows that an earlier version of their format has ever written: what it has no place for is lost for good. */
  readonly onceOlder: ReadonlySet<string>;
  /** Of the last checkpoint; null when there was none. */
  readonly positions: Stored<Positions> | null;
}

/** The changelog's partition of one instance. */
export interface LocalCopy {
  readonly store: LocalStore;
  readonly local: LocalPartition;
}

/**
 * Replays the changelog of a partition, and compares each local copy when the replay comes to where it ends.
 * @param where the changelog's topic and partition
 */
export function replayChangelog(
  findings: Findings,
  where: string,
  records: z.output<typeof CHANGELOG>,
  copies: readonly LocalCopy[],
): Replayed {
  const waiting = copies.toSorted((left, right) => left.local.to - right.local.to);
  const rows = new Map<string, Stored<AssignmentRow>>();
  const onceOlder = new Set<string>();
  let positions: Stored<Positions> | null = null;
  for (const record of records) {
    while ((waiting[0]?.local.to ?? Number.POSITIVE_INFINITY) <= record.offset)
      checkCopy(findings, where, waiting.shift(), { rows, onceOlder, positions });
    if (record.key === POSITIONS_KEY) {
      const next = storedPositions(record);
      checkCheckpoint(findings, `${where}:${record.offset}`, positions?.value ?? null, next.value);
      positions = next;
    } else if (record.key !== null && record.bytes === null) {
      rows.delete(record.key);
    } else {
      const row = storedRow(record);
      rows.set(row.key, row);
      if (row.version < ROW_VERSION) onceOlder.add(row.key);
    }
  }
  checkEnd(findings, where, records, waiting);
  for (const copy of waiting) checkCopy(findings, where, copy, { rows, onceOlder, positions });
  findings.checked("changelog rows", rows.size);
  findings.checked("changelog rows once of an older version", onceOlder.size);
  const present = [...rows.values()].filter(({ version }) => version === ROW_VERSION);
  findings.checked("changelog rows of the present version", present.length);
  return { rows, onceOlder, positions };
}

/** Checkpoints are numbered densely, and a position never falls. */
function checkCheckpoint(findings: Findings, where: string, before: Positions | null, after: Positions): void {
  const next = (before?.checkpoint ?? 0) + 1;
  if (after.checkpoint !== next) violation(findings, where, "number of the checkpoint", next, after.checkpoint);
  for (const { topic, partition, offset } of before?.positions ?? []) {
    const found = after.positions.find((one) => one.topic === topic && one.partition === partition)?.offset;
    if (found === undefined || found < offset)
      violation(findings, where, `the position in ${topic}:${partition} falls`, `${offset} or more`, found ?? null);
  }
  findings.checked("checkpoints", 1);
}

/** Every checkpoint is whole, and somebody has all of the changelog: the last owner, who ended gracefully. */
function checkEnd(
  findings: Findings,
  where: string,
  records: z.output<typeof CHANGELOG>,
  atTheEnd: readonly LocalCopy[],
): void {
  const last = records.at(-1);
  if (last === undefined) return;
  if (last.key !== POSITIONS_KEY) violation(findings, `${where}:${last.offset}`, "last key", POSITIONS_KEY, last.key);
  if (atTheEnd.length === 0)
    violation(findings, where, "local stores that have the changelog to its end", "at least 1", 0);
}

function checkCopy(
  findings: Findings,
  where: string,
  copy: LocalCopy | undefined,
  { rows, positions }: Replayed,
): void {
  if (copy === undefined) return;
  const { store, local } = copy;
  const at = `${store.folder}, ${where} up to offset ${local.to}`;
  for (const key of new Set([...rows.keys(), ...local.rows.keys()])) {
    const found = local.rows.get(key) ?? null;
    const row = rows.get(key);
    if (found !== (row?.bytes ?? null)) violation(findings, `${at}, ${key}`, "row in the local store", row, found);
  }
  if (local.positions !== (positions?.bytes ?? null))
    violation(findings, at, "positions in the local store", positions, local.positions);
  findings.checked("local rows", local.rows.size);
}

/** Each conversation's row says what the rule says. */
export function checkRows(
  findings: Findings,
  where: string,
  { rows, onceOlder, positions }: Replayed,
  recomputed: ReadonlyMap<string, Recomputed>,
): void {
  for (const [key, conversation] of recomputed) {
    const row = rows.get(key);
    const firstInput = onceOlder.has(key) ? null : firstInputOf(conversation.records);
    const expected = { ...expectedRow(conversation), firstInput };
    const found = row === undefined ? null : withoutWorkItems(row.value);
    if (!isDeepStrictEqual(found, expected))
      violation(findings, `${where}:${row?.offset} (${key})`, "row in the changelog", expected, found);
  }
  checkCounters(findings, where, positions, {
    [`${STORE}.entries`]: rows.size,
    diverged: [...recomputed.values()].filter(({ result }) => result.diverged).length,
  });
  for (const [key, { offset }] of rows)
    if (!recomputed.has(key)) violation(findings, `${where}:${offset} (${key})`, "a row without decisions");
}

/** The running counts that save a start from counting. */
function checkCounters(
  findings: Findings,
  where: string,
  positions: Stored<Positions> | null,
  expected: Readonly<Record<string, number>>,
): void {
  const counters = new Map(positions?.value.counters.map(({ name, count }) => [name, count]));
  for (const [name, count] of Object.entries(expected)) {
    const found = counters.get(name) ?? 0;
    if (found !== count) violation(findings, `${where}:${positions?.offset}`, `counter ${name}`, count, found);
  }
}

function expectedRow({ result, emitted }: Recomputed): Omit<AssignmentRow, "workItems" | "firstInput"> {
  const { assignment, assignmentVersion, lifecycle, lifecycleVersion, record } = result;
  return {
    sequence: emitted.length,
    assignment,
    assignmentVersion,
    lifecycle,
    lifecycleVersion,
    record,
    lastEmission: emissionOf(emitted.at(-1)),
  };
}

function emissionOf(last: Recomputed["emitted"][number] | undefined): AssignmentRow["lastEmission"] {
  if (last === undefined) return null;
  const { reason, causeEventId, previousAssignment, decidedAt, emittedAt } = last;
  return { reason, causeEventId, previousAssignment, decidedAt, emittedAt };
}

/** What is kept of work items depends on the order in which their events came. */
function withoutWorkItems({ workItems: _, ...row }: AssignmentRow): Omit<AssignmentRow, "workItems"> {
  return row;
}

function violation(findings: Findings, where: string, what: string, expected?: unknown, found?: unknown): void {
  findings.violation({ invariant: "I4", where, what, expected, found });
}

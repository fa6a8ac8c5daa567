/** The founding incident (section 6), event by event and in every order of arrival. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyRow } from "../../../processors/rule/index.js";
import type { Reason, Target, Version } from "../../../schemas/types.js";
import {
  AUDIT,
  C52,
  C53,
  C54,
  C55,
  C56,
  C57,
  C58,
  C59,
  C60,
  INCIDENT,
  INCIDENT_Q1,
  INCIDENT_Q2,
  W1,
  W2,
  W3,
} from "../../oracle/incident.js";
import type { JoinedEvent, RuleOptions } from "../../oracle/oracle.js";
import { announce, SEED, setting } from "../../oracle/settings.js";
import { explore } from "./explore.js";
import { emissionsOf, plain, resultOf, runSteps } from "./subject.js";

const ORDERS = setting("ORDERS", 10_000);
const OPTIONS: RuleOptions = { workItemStream: "present" };

const FINAL = {
  assignment: INCIDENT_Q2,
  assignmentVersion: {
    basis: 58,
    kind: 0,
    workItemNumber: 0,
    workItemRevision: 0,
    eventId: "621e7eab08413f62a436079f",
  },
  lifecycle: "OPEN",
  lifecycleVersion: null,
  record: {
    target: INCIDENT_Q1,
    revision: 60,
    eventId: "621e7eac5746ae3762045ca7",
  },
  diverged: true,
};

/** A row of the table: the event, its key without the id, its decision, and what is emitted. */
interface TableRow {
  readonly name: string;
  readonly joined: JoinedEvent;
  readonly key: readonly [number, number, number, number] | null;
  readonly reason: Reason;
  readonly emitted: readonly [sequence: number, target: Target | null] | null;
  readonly diverged: boolean;
}

function tableRow(
  name: string,
  joined: JoinedEvent,
  key: TableRow["key"],
  reason: Reason,
  emitted: TableRow["emitted"] = null,
  diverged = false,
): TableRow {
  return { name, joined, key, reason, emitted, diverged };
}

const TABLE: readonly TableRow[] = [
  tableRow("W1", W1, [11, 1, 1, 1], "ASSIGNED", [1, INCIDENT_Q2]),
  tableRow("C52", C52, null, "NO_QUEUE_CHANGE"),
  tableRow("C53", C53, [53, 0, 0, 0], "UNASSIGNED", [2, null], false),
  tableRow("W2", W2, null, "ECHO_FORWARD"),
  tableRow("C54", C54, [54, 0, 0, 0], "ASSIGNED", [3, INCIDENT_Q1]),
  tableRow("W3", W3, [53, 1, 1, 3], "SUPERSEDED_SAME_TARGET"),
  tableRow("C55", C55, null, "NO_QUEUE_CHANGE"),
  tableRow("C56", C56, null, "NO_QUEUE_CHANGE"),
  tableRow("C57", C57, null, "NO_QUEUE_CHANGE"),
  tableRow("C58", C58, [58, 0, 0, 0], "ASSIGNED", [4, INCIDENT_Q2]),
  tableRow("C59", C59, null, "NO_QUEUE_CHANGE"),
  tableRow("C60", C60, null, "STALE_REVERSE_SYNC", null, true),
  tableRow("the audit", AUDIT, null, "NO_QUEUE_CHANGE", null, true),
];

function keyOf(version: Version | null): TableRow["key"] {
  if (version === null) return null;
  return [version.basis, version.kind, version.workItemNumber, version.workItemRevision];
}

describe("the founding incident", () => {
  const steps = runSteps(INCIDENT, OPTIONS);

  it.each(TABLE.map((row, index) => ({ ...row, index })))("$name is $reason", (row) => {
    const step = steps[row.index];
    expect(step?.joined).toBe(row.joined);
    const decision = step?.decided.decision;
    expect(decision?.reason).toBe(row.reason);
    expect(keyOf(decision?.version ?? null)).toEqual(row.key);
    expect(decision?.diverged).toBe(row.diverged);
    expect(decision?.emittedSequence).toBe(row.emitted?.[0] ?? null);
    const emission = step?.decided.assignment ?? null;
    expect(emission === null ? null : [emission.sequence, emission.assignment]).toEqual(row.emitted);
  });

  it("emits four records, each naming the event that decided and what was before", () => {
    expect(
      emissionsOf(steps).map((record) => [record.causeEventId, record.previousAssignment, record.decidedAt]),
    ).toEqual([
      [W1.event.eventId, null, W1.event.occurredAt],
      [C53.event.eventId, INCIDENT_Q2, C53.event.occurredAt],
      [C54.event.eventId, null, C54.event.occurredAt],
      [C58.event.eventId, INCIDENT_Q1, C58.event.occurredAt],
    ]);
  });

  it("begins to diverge at C60 and nowhere else", () => {
    expect(
      steps.filter(({ decided }) => decided.decision.diverged && !decided.divergedBefore).map(({ joined }) => joined),
    ).toEqual([C60]);
  });

  it("infers no basis: every work-item decision names its own", () => {
    expect(steps.some(({ decided }) => decided.decision.basisInferred)).toBe(false);
  });

  it("ends at Q2 by C58, diverged", () => {
    expect(resultOf(steps.at(-1)?.decided.row ?? emptyRow())).toEqual(FINAL);
  });

  it("ends there in random orders with duplicates", {
    timeout: 30_000 + ORDERS * 5,
  }, () => {
    announce("incident", { ORDERS });
    const orders = fc.tuple(
      fc.shuffledSubarray([...INCIDENT], { minLength: INCIDENT.length }),
      fc.array(fc.tuple(fc.nat(INCIDENT.length), fc.constantFrom(...INCIDENT)), { maxLength: 8 }),
    );
    fc.assert(
      fc.property(orders, ([order, repetitions]) => {
        const arrivals = [...order];
        for (const [at, joined] of repetitions) arrivals.splice(at, 0, joined);
        const row = runSteps(arrivals, OPTIONS).at(-1)?.decided.row;
        expect(resultOf(row ?? emptyRow())).toEqual(FINAL);
      }),
      { numRuns: ORDERS, seed: SEED },
    );
  });

  it("ends there in all 13! orders, by following every state they can reach", {
    timeout: 120_000,
  }, () => {
    const { finalRows, ...counts } = explore(INCIDENT, OPTIONS);
    process.stdout.write(`incident: all 13! orders, ${JSON.stringify(counts)}\n`);
    expect(finalRows.length).toBeGreaterThan(0);
    for (const row of finalRows) expect(plain(resultOf(row))).toEqual(FINAL);
  });
});

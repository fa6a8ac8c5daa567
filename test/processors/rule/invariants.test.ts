/** The invariants R1-R5 and R7 of the decision rule, on random histories, against the oracle. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { decideConversation, decideWorkItem, emptyRow } from "../../../processors/rule/index.js";
import { assignmentRowCodec } from "../../../schemas/row.js";
import type { AssignmentRow, Emission, QueueAssignment } from "../../../schemas/types.js";
import { conversation, TO_Q1, TO_Q2, workItem } from "../../oracle/build.js";
import { anyHistories, belcoHistories, kustomerHistories, longHistories } from "../../oracle/histories.js";
import { compareVersions, evaluate, expectedEmissions, intentOf, versionRises } from "../../oracle/oracle.js";
import { announce, SEED, setting } from "../../oracle/settings.js";
import { deepFreeze, emissionsOf, expectFork, expectStep, plain, resultOf, runSteps, timestampOf } from "./subject.js";

const RUNS = setting("RUNS", 3_000);
const PARAMETERS = { numRuns: RUNS, seed: SEED };
const TIMEOUT = { timeout: 60_000 + RUNS * 20 };

beforeAll(() => announce("invariants", { RUNS }));

function throughCodec(row: AssignmentRow): AssignmentRow {
  return assignmentRowCodec.decode(assignmentRowCodec.encode(row));
}

/** What a row must keep of the last record so that it can be written again. */
function repeatable({ reason, causeEventId, previousAssignment, decidedAt, emittedAt }: QueueAssignment): Emission {
  return { reason, causeEventId, previousAssignment, decidedAt, emittedAt };
}

function finalResult(steps: ReturnType<typeof runSteps>) {
  return resultOf(steps.at(-1)?.decided.row ?? emptyRow());
}

describe("the decision rule", () => {
  it("R1 Convergence: any order and any duplication end where the set of events says", TIMEOUT, () => {
    fc.assert(
      fc.property(anyHistories, ({ arrivals, rearranged, options }) => {
        const expected = evaluate(arrivals, options);
        expect(finalResult(runSteps(arrivals, options))).toEqual(expected);
        expect(finalResult(runSteps(rearranged, options))).toEqual(expected);
        expect(finalResult(runSteps(arrivals.toReversed(), options))).toEqual(expected);
        expect(finalResult(runSteps([...rearranged, ...arrivals], options))).toEqual(expected);
      }),
      PARAMETERS,
    );
  });

  it("R2 Monotonicity: sequences rise by one, no version falls and one rises", TIMEOUT, () => {
    fc.assert(
      fc.property(anyHistories, ({ rearranged, options }) => {
        const emissions = emissionsOf(runSteps(rearranged, options));
        for (const [index, emission] of emissions.entries()) {
          const { sequence, assignmentVersion, lifecycleVersion } = emission;
          const last = emissions[index - 1];
          const lastAssignmentVersion = last?.assignmentVersion ?? null;
          const lastLifecycleVersion = last?.lifecycleVersion ?? null;
          expect(sequence).toBe(index + 1);
          expect(versionRises(assignmentVersion, lastAssignmentVersion)).toBe(false);
          expect(versionRises(lifecycleVersion, lastLifecycleVersion)).toBe(false);
          expect(
            versionRises(lastAssignmentVersion, assignmentVersion) ||
              versionRises(lastLifecycleVersion, lifecycleVersion),
          ).toBe(true);
        }
      }),
      PARAMETERS,
    );
  });

  it("R3 No stale emission: an emitted target is that of the greatest intent, never an echo's", TIMEOUT, () => {
    fc.assert(
      fc.property(anyHistories, ({ arrivals, options }) => {
        for (const [index, step] of runSteps(arrivals, options).entries()) {
          const { assignment } = step.decided;
          const version = assignment?.assignmentVersion ?? null;
          if (assignment === null || version === null || assignment.lifecycle === "DELETED") continue;
          const seen = arrivals.slice(0, index + 1);
          const intents = seen.flatMap((joined) => intentOf(joined, seen, options) ?? []);
          const named = intents.find((intent) => intent.key.eventId === version.eventId);
          expect(named?.value).toEqual(assignment.assignment);
          expect(intents.filter((intent) => compareVersions(version, intent.key) < 0)).toEqual([]);
        }
      }),
      PARAMETERS,
    );
  });

  it("R4 Change only: records are emitted when and only when the pair changes by value", TIMEOUT, () => {
    fc.assert(
      fc.property(anyHistories, ({ arrivals, options }) => {
        const steps = runSteps(arrivals, options);
        const expected = expectedEmissions(arrivals, options);
        const emissions = steps.flatMap(({ decided, joined }, index) => {
          if (decided.assignment === null) return [];
          const { source, tenant, conversationId, emittedAt, ...said } = decided.assignment;
          expect([source, tenant, conversationId]).toEqual([
            joined.event.source,
            joined.event.tenant,
            joined.event.conversationId,
          ]);
          expect(emittedAt).toBe(timestampOf(index));
          return plain(said);
        });
        expect(emissions).toEqual(expected);
        const kept = steps.at(-1)?.decided.row.lastEmission ?? null;
        const last = emissionsOf(steps).at(-1) ?? null;
        expect(kept === null ? null : plain(kept)).toEqual(last === null ? null : plain(repeatable(last)));
      }),
      PARAMETERS,
    );
  });

  it("R5 Every event answered: one decision with one reason, naming the holder", TIMEOUT, () => {
    fc.assert(
      fc.property(anyHistories, ({ arrivals, rearranged, options }) => {
        for (const order of [arrivals, rearranged]) {
          for (const [index, step] of runSteps(deepFreeze(order), options, deepFreeze).entries()) {
            expectStep(step, order.slice(0, index), options);
          }
        }
      }),
      PARAMETERS,
    );
  });

  it("R5 Every event answered: also in long histories with evidence ahead of the register", TIMEOUT, () => {
    fc.assert(
      fc.property(longHistories, ({ rearranged, options }) => {
        for (const [index, step] of runSteps(rearranged, options, throughCodec).entries()) {
          expectStep(step, rearranged.slice(0, index), options);
        }
      }),
      { ...PARAMETERS, numRuns: Math.ceil(RUNS / 20) },
    );
  });

  it("R5 Every event answered: a fork of the holder's revision is counted, whichever wins", TIMEOUT, () => {
    fc.assert(
      fc.property(kustomerHistories, ({ arrivals, options }) => {
        for (const [index, step] of runSteps(arrivals, options).entries()) {
          expectFork(step, arrivals.slice(0, index), options);
        }
      }),
      PARAMETERS,
    );
  });

  it("R5 Every event answered: also in a source without revisions", TIMEOUT, () => {
    fc.assert(
      fc.property(belcoHistories, ({ arrivals, options }) => {
        for (const [index, step] of runSteps(arrivals, options).entries()) {
          expectStep(step, arrivals.slice(0, index), options);
          expect(step.decided.decision.reason).not.toBe("FORKED_REVISION");
          expect(step.decided.forked).toBe(false);
        }
      }),
      PARAMETERS,
    );
  });

  it("R7 Gaps never block: a history with any of its events missing is decided at once all the same", TIMEOUT, () => {
    fc.assert(
      fc.property(kustomerHistories, fc.infiniteStream(fc.boolean()), ({ arrivals, options }, lost) => {
        const delivered = arrivals.filter(() => lost.next().value !== true);
        for (const [index, step] of runSteps(delivered, options).entries()) {
          const seen = delivered.slice(0, index + 1);
          expect(resultOf(step.decided.row)).toEqual(evaluate(seen, options));
        }
      }),
      PARAMETERS,
    );
  });

  it("R7 Gaps never block: a decision is emitted at once however far its revision is from the last", () => {
    const greatest = 2 ** 53 - 3;
    const arrivals = [
      conversation({ eventId: "a", revision: 1, queueChange: TO_Q1 }),
      conversation({ eventId: "b", revision: 1_000_000, queueChange: TO_Q2 }),
      workItem({
        eventId: "c",
        revision: greatest,
        basis: greatest - 1,
        queueChange: TO_Q1,
      }),
      conversation({ eventId: "d", revision: greatest, queueChange: TO_Q2 }),
    ];
    const emissions = emissionsOf(runSteps(arrivals, { workItemStream: "present" }));
    expect(emissions.map(({ causeEventId }) => causeEventId)).toEqual(["a", "b", "c", "d"]);
  });
});

describe("a row", () => {
  it("survives its codec after every event without a change in behaviour", TIMEOUT, () => {
    fc.assert(
      fc.property(anyHistories, ({ rearranged, options }) => {
        const direct = runSteps(rearranged, options);
        const stored = runSteps(rearranged, options, throughCodec);
        const shown = stored.map(({ decided }) => plain({ ...decided }));
        expect(shown).toEqual(direct.map(({ decided }) => plain({ ...decided })));
      }),
      PARAMETERS,
    );
  });

  it("may be missing before the first event", () => {
    const context = { workItemStream: "present", timestamp: 1 } as const;
    const ofConversation = conversation({
      eventId: "a",
      revision: 1,
      queueChange: TO_Q1,
    });
    const ofWorkItem = workItem({
      eventId: "b",
      revision: 1,
      queueChange: TO_Q1,
    });
    if (ofConversation.kind !== "conversation" || ofWorkItem.kind !== "work-item") throw new Error("unreachable");
    const { event } = ofConversation;
    expect(decideConversation(undefined, event, context)).toEqual(decideConversation(emptyRow(), event, context));
    const other = ofWorkItem.event;
    expect(decideWorkItem(undefined, other, context)).toEqual(decideWorkItem(emptyRow(), other, context));
  });

  it("is empty before any event: unknown, open, sequence 0, not diverged", () => {
    expect(emptyRow().sequence).toBe(0);
    expect(resultOf(emptyRow())).toEqual(evaluate([], { workItemStream: "present" }));
  });
});

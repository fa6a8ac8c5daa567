/** Random histories of several conversations through the product's topology, against the brute-force oracle. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { ProducedRecord } from "../../../runtime/task/index.js";
import { conversationKey } from "../../../schemas/index.js";
import { ASSIGNMENT_STORE } from "../../../topology/index.js";
import { belcoHistories, type History, kustomerHistories } from "../../oracle/histories.js";
import {
  type Evaluation,
  evaluate,
  expectedEmissions,
  expectedReason,
  type JoinedEvent,
  type RuleOptions,
} from "../../oracle/oracle.js";
import { announce, SEED, setting } from "../../oracle/settings.js";
import { plain, resultOf } from "../../processors/rule/subject.js";
import { kustomerBody } from "./kustomer-bodies.js";
import { ProductRun, rawEvent } from "./product-run.js";

const RUNS = setting("RUNS", 150);
const OPTIONS: RuleOptions = { workItemStream: "present" };
const PARAMETERS = { numRuns: RUNS, seed: SEED };
const TIMEOUT = { timeout: 60_000 + RUNS * 50 };
const MAX_CONVERSATIONS = 4;

beforeAll(() => announce("random histories", { RUNS }));

/** The arrivals of one conversation, first as they happened, then the same set in another order. */
interface Conversation {
  readonly key: string;
  readonly arrivals: readonly JoinedEvent[];
  readonly rearranged: readonly JoinedEvent[];
}

const ofBothSources = conversations(
  fc.oneof({ weight: 4, arbitrary: kustomerHistories }, { weight: 1, arbitrary: belcoHistories }),
);
/** As {@link ofBothSources}, without audits: their lines carry other ids than webhooks do. */
const ofWebhooks = conversations(kustomerHistories.map(withoutAudits));

function conversations(history: fc.Arbitrary<History>): fc.Arbitrary<readonly Conversation[]> {
  const several = fc.array(history, { minLength: 1, maxLength: MAX_CONVERSATIONS });
  return several.map((drawn) =>
    drawn.map(({ arrivals, rearranged }, index) => {
      const conversationId = `c${index}`;
      const own = (joined: JoinedEvent) => ({ ...joined, event: { ...joined.event, conversationId } }) as JoinedEvent;
      const key = conversationKey("kustomer", "t", conversationId);
      return { key, arrivals: arrivals.map(own), rearranged: rearranged.map(own) };
    }),
  );
}

function withoutAudits({ arrivals, rearranged, options }: History): History {
  const kept = (joined: JoinedEvent) => joined.kind === "work-item" || !joined.event.isAudit;
  return { options, arrivals: arrivals.filter(kept), rearranged: rearranged.filter(kept) };
}

/** The arrivals of all conversations in one order: each conversation's own is kept. */
function interleave(each: readonly (readonly JoinedEvent[])[], picks: readonly number[]): JoinedEvent[] {
  const waiting = each.map((arrivals) => [...arrivals]);
  const mixed: JoinedEvent[] = [];
  for (let turn = 0; waiting.some((arrivals) => arrivals.length > 0); turn += 1) {
    const left = waiting.filter((arrivals) => arrivals.length > 0);
    const next = left[(picks[turn % picks.length] ?? 0) % left.length]?.shift();
    if (next !== undefined) mixed.push(next);
  }
  return mixed;
}

/** Pipes records a few at a time. */
async function pipe(run: ProductRun, records: readonly ProducedRecord[], atOnce: number): Promise<void> {
  for (let from = 0; from < records.length; from += atOnce) await run.driver.pipe(records.slice(from, from + atOnce));
}

function expectFinal(run: ProductRun, expected: readonly Conversation[]): void {
  for (const { key, arrivals } of expected) {
    const row = run.row(key);
    const result: Evaluation | null = row === undefined ? null : resultOf(row);
    expect(result).toEqual(arrivals.length === 0 ? null : evaluate(arrivals, OPTIONS));
  }
  const seen = expected.filter(({ arrivals }) => arrivals.length > 0);
  expect(run.driver.store(ASSIGNMENT_STORE).size).toBe(seen.length);
  expect(run.of("dead-letters")).toEqual([]);
}

const picks = fc.array(fc.nat(99), { minLength: 1, maxLength: 20 });
const atOnce = fc.integer({ min: 1, max: 30 });

describe("random histories of several conversations", () => {
  it(
    "written to the joined topics in order are decided and emitted as the oracle says, event by event",
    TIMEOUT,
    async () => {
      await fc.assert(
        fc.asyncProperty(ofBothSources, picks, atOnce, async (drawn, order, chunk) => {
          const run = await ProductRun.open();
          const mixed = interleave(
            drawn.map(({ rearranged }) => rearranged),
            order,
          );
          const records = mixed.map((joined, index) => run.joined(joined, 1_000 + index));
          await pipe(run, records, chunk);
          expectFinal(run, drawn);
          const [assignments, decisions] = [run.assignments(), run.decisions()];
          expect(decisions.map(({ eventId }) => eventId)).toEqual(mixed.map(({ event }) => event.eventId));
          for (const [index, { rearranged }] of drawn.entries()) {
            const own = (of: { readonly conversationId: string }) => of.conversationId === `c${index}`;
            expect(decisions.filter(own).map(({ reason }) => reason)).toEqual(
              rearranged.map((joined, at) => expectedReason(rearranged.slice(0, at), joined, OPTIONS)),
            );
            const emitted = assignments
              .filter(own)
              .map(({ source, tenant, conversationId, emittedAt, ...said }) => plain(said));
            expect(emitted).toEqual(expectedEmissions(rearranged, OPTIONS));
          }
        }),
        PARAMETERS,
      );
    },
  );

  it("end the same however the two streams arrive to one another", TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(ofBothSources, picks, fc.array(fc.nat(9)), atOnce, async (drawn, order, times, chunk) => {
        const mixed = interleave(
          drawn.map(({ rearranged }) => rearranged),
          order,
        );
        const streams = ["conversation", "work-item"].map((kind) => mixed.filter((joined) => joined.kind === kind));
        for (const arrived of [streams.flat(), streams.toReversed().flat(), interleave(streams, order)]) {
          const run = await ProductRun.open();
          // Times go up and down, so that the input order interleaves what arrives together in yet another way.
          const records = arrived.map((joined, index) => run.joined(joined, times[index % times.length] ?? 0));
          await pipe(run, records, chunk);
          expectFinal(run, drawn);
        }
      }),
      { ...PARAMETERS, numRuns: Math.ceil(RUNS / 2) },
    );
  });

  it(
    "sent as webhook bodies through raw events end where the oracle says, with one decision per event",
    TIMEOUT,
    async () => {
      await fc.assert(
        fc.asyncProperty(ofWebhooks, picks, atOnce, async (drawn, order, chunk) => {
          const run = await ProductRun.open();
          const mixed = interleave(
            drawn.map(({ rearranged }) => rearranged),
            order,
          );
          const records = mixed.map((joined, index) => rawEvent("kustomer", kustomerBody(joined), 1_000 + index));
          await pipe(run, records, chunk);
          expectFinal(run, drawn);
          const decisions = run.decisions();
          expect(decisions.map(({ eventId, rawPosition }) => [eventId, rawPosition])).toEqual(
            mixed.map(({ event }, index) => [event.eventId, `0:${index}`]),
          );
          for (const [index, { rearranged }] of drawn.entries()) {
            const reasons = decisions.filter(({ conversationId }) => conversationId === `c${index}`);
            expect(reasons.map(({ reason }) => reason)).toEqual(
              rearranged.map((joined, at) => expectedReason(rearranged.slice(0, at), joined, OPTIONS)),
            );
          }
        }),
        PARAMETERS,
      );
    },
  );
});

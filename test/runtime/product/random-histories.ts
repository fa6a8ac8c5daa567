/** Random histories of several conversations through the product's topology, against the brute-force oracle. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProducedRecord } from "../../../runtime/task/index.js";
import { conversationKey } from "../../../schemas/index.js";
import { belcoHistories, type History, kustomerHistories } from "../../oracle/histories.js";
import {
  evaluate,
  expectedEmissions,
  expectedReason,
  type JoinedEvent,
  type RuleOptions,
} from "../../oracle/oracle.js";
import { announce, SEED } from "../../oracle/settings.js";
import { plain, resultOf } from "../../processors/rule/subject.js";
import { kustomerBody } from "../embedded/support/kustomer-bodies.js";
import type { ProductHost } from "./host.js";
import { ProductRun, rawEvent } from "./product-run.js";

const OPTIONS: RuleOptions = { workItemStream: "present" };
const MAX_CONVERSATIONS = 4;
/** Recent: brokers compact what is much older than the marker behind it, before a test has read it. */
const START = Date.now();
/** A bound. */
const MS_PER_RUN = 3_000;

/** The arrivals of one conversation, first as they happened, then the same set in another order. */
type Conversation = Pick<History, "arrivals" | "rearranged">;

const ofBothSources = conversations(
  fc.oneof({ weight: 4, arbitrary: kustomerHistories }, { weight: 1, arbitrary: belcoHistories }),
);
/** As {@link ofBothSources}, without audits: their lines carry other ids than webhooks do. */
const ofWebhooks = conversations(kustomerHistories.map(withoutAudits));

function conversations(history: fc.Arbitrary<History>): fc.Arbitrary<readonly Conversation[]> {
  return fc.array(history, { minLength: 1, maxLength: MAX_CONVERSATIONS });
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

/** One engine runs history after history, each as a tenant of its own: opening one takes longer than running ten of them. */
class Histories {
  private tenants = 0;
  private conversations: readonly Conversation[] = [];

  constructor(readonly run: ProductRun) {}

  /** The drawn conversations, c0, c1 and so on, of a tenant that has no others. */
  begin(drawn: readonly Conversation[]): readonly Conversation[] {
    this.run.forget();
    this.tenants += 1;
    const { tenant } = this;
    this.conversations = drawn.map(({ arrivals, rearranged }, index) => {
      const own = (joined: JoinedEvent) =>
        ({ ...joined, event: { ...joined.event, tenant, conversationId: `c${index}` } }) as JoinedEvent;
      return { arrivals: arrivals.map(own), rearranged: rearranged.map(own) };
    });
    return this.conversations;
  }

  /** Pipes records a few at a time. */
  async pipe(records: readonly ProducedRecord[], atOnce: number): Promise<void> {
    for (let from = 0; from < records.length; from += atOnce) await this.run.pipe(records.slice(from, from + atOnce));
  }

  /** The row of each conversation says what the oracle says; there is no other row, and no dead letter. */
  async expectFinal(): Promise<void> {
    const rows = await this.run.rows(`kustomer:${this.tenant}:`);
    const expected = this.conversations.flatMap(({ arrivals }, index) =>
      arrivals.length === 0
        ? []
        : [[conversationKey("kustomer", this.tenant, `c${index}`), evaluate(arrivals, OPTIONS)] as const],
    );
    expect(new Map([...rows].map(([key, row]) => [key, resultOf(row)]))).toEqual(new Map(expected));
    expect(this.run.of("dead-letters")).toEqual([]);
  }

  private get tenant(): string {
    return `t${this.tenants}`;
  }
}

function own(index: number) {
  return ({ conversationId }: { readonly conversationId: string }) => conversationId === `c${index}`;
}

const picks = fc.array(fc.nat(99), { minLength: 1, maxLength: 20 });
const atOnce = fc.integer({ min: 4, max: 30 });

/** @param runs how many histories each test draws */
export function randomHistoryTests(host: ProductHost, runs: number): void {
  const PARAMETERS = { numRuns: runs, seed: SEED };
  const TIMEOUT = { timeout: 60_000 + runs * MS_PER_RUN };
  let histories: Histories;
  let partitioned: Histories;

  beforeAll(async () => {
    announce(`random histories in ${host.name}`, { RUNS: runs });
    histories = new Histories(await ProductRun.start(host));
    partitioned = new Histories(await ProductRun.start(host, { partitions: 3 }));
  });
  afterAll(async () => {
    await histories?.run.close();
    await partitioned?.run.close();
  });

  it(
    "written to the joined topics in order are decided and emitted as the oracle says, event by event",
    TIMEOUT,
    async () => {
      const { run } = histories;
      await fc.assert(
        fc.asyncProperty(ofBothSources, picks, atOnce, async (drawn, order, chunk) => {
          const each = histories.begin(drawn).map(({ rearranged }) => rearranged);
          const mixed = interleave(each, order);
          const records = mixed.map((joined, index) => run.joined(joined, START + index));
          await histories.pipe(records, chunk);
          await histories.expectFinal();
          const [assignments, decisions] = [run.assignments(), run.decisions()];
          expect(decisions.map(({ eventId }) => eventId)).toEqual(mixed.map(({ event }) => event.eventId));
          for (const [index, rearranged] of each.entries()) {
            expect(decisions.filter(own(index)).map(({ reason }) => reason)).toEqual(reasonsOf(rearranged));
            const emitted = assignments
              .filter(own(index))
              .map(({ source, tenant, conversationId, emittedAt, ...said }) => plain(said));
            expect(emitted).toEqual(expectedEmissions(rearranged, OPTIONS));
          }
        }),
        PARAMETERS,
      );
    },
  );

  it("end the same however the two streams arrive to one another, and over whatever partitions", TIMEOUT, async () => {
    const { run } = partitioned;
    await fc.assert(
      fc.asyncProperty(ofBothSources, picks, fc.array(fc.nat(9)), atOnce, async (drawn, order, times, chunk) => {
        for (const arrange of ARRANGEMENTS) {
          const each = partitioned.begin(drawn).map(({ rearranged }) => rearranged);
          const arrived = arrange(interleave(each, order), order);
          // Times go up and down, so that the input order interleaves what arrives together in yet another way.
          const records = arrived.map((joined, index) => run.joined(joined, times[index % times.length] ?? 0));
          await partitioned.pipe(records, chunk);
          await partitioned.expectFinal();
        }
      }),
      { ...PARAMETERS, numRuns: Math.ceil(runs / 2) },
    );
  });

  it(
    "sent as webhook bodies through raw events end where the oracle says, with one decision per event",
    TIMEOUT,
    async () => {
      const { run } = histories;
      await fc.assert(
        fc.asyncProperty(ofWebhooks, picks, atOnce, async (drawn, order, chunk) => {
          const each = histories.begin(drawn).map(({ rearranged }) => rearranged);
          const mixed = interleave(each, order);
          const records = mixed.map((joined, index) => rawEvent("kustomer", kustomerBody(joined), START + index));
          const first = run.endOffset("raw-events", 0);
          await histories.pipe(records, chunk);
          await histories.expectFinal();
          const decisions = run.decisions();
          expect(decisions.map(({ eventId, rawPosition }) => [eventId, rawPosition])).toEqual(
            mixed.map(({ event }, index) => [event.eventId, `0:${first + index}`]),
          );
          for (const [index, rearranged] of each.entries()) {
            expect(decisions.filter(own(index)).map(({ reason }) => reason)).toEqual(reasonsOf(rearranged));
          }
        }),
        PARAMETERS,
      );
    },
  );
}

/** How the two streams may come to one another. */
const ARRANGEMENTS: readonly ((mixed: readonly JoinedEvent[], order: readonly number[]) => JoinedEvent[])[] = [
  (mixed) => streamsOf(mixed).flat(),
  (mixed) => streamsOf(mixed).toReversed().flat(),
  (mixed, order) => interleave(streamsOf(mixed), order),
];

function streamsOf(mixed: readonly JoinedEvent[]): JoinedEvent[][] {
  return ["conversation", "work-item"].map((kind) => mixed.filter((joined) => joined.kind === kind));
}

function reasonsOf(arrivals: readonly JoinedEvent[]): unknown[] {
  return arrivals.map((joined, at) => expectedReason(arrivals.slice(0, at), joined, OPTIONS));
}

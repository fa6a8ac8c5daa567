/** What becomes of conversations that are over, with `forgetAfterMs`, in whichever engine. */
import { describe, expect, it } from "vitest";
import { encodeText, entriesCounter } from "../../../runtime/task/index.js";
import { ASSIGNMENT_STORE } from "../../../topology/index.js";
import { conversation, type JoinedEvent, TO_Q1, TO_Q2 } from "../../oracle/build.js";
import { header } from "../task/records.js";
import type { ProductHost } from "./host.js";
import { ProductRun } from "./product-run.js";

/** Of now, and so far back that what follows is not in the future. */
const START = Math.floor(Date.now() / 1_000) * 1_000 - 3_000_000;
const AFTER_MS = 60_000;
const key = (id: string) => `kustomer:t:${id}`;

/** Conversations that begin, go to a queue and are closed, each within a second; a new one every second. */
function lives(from: number, to: number): readonly (readonly [JoinedEvent, number])[] {
  return Array.from({ length: to - from }, (_, index) => {
    const conversationId = `life-${from + index}`;
    const at = START + (from + index) * 1_000;
    const begun = conversation({ conversationId, eventId: "begin", revision: 1, queueChange: TO_Q1 });
    const over = conversation({ conversationId, eventId: "end", revision: 2, lifecycleChange: "CLOSED" });
    return [[begun, at] as const, [over, at + 500] as const];
  }).flat();
}

export function forgettingTests(host: ProductHost): void {
  describe("conversations that are over", () => {
    it("are forgotten after a time of the stream: the store is bounded, its counts are right, also over restarts", async () => {
      const run = await ProductRun.open(host, { forgetAfterMs: AFTER_MS });
      const stays = conversation({ conversationId: "open", eventId: "o", revision: 1, queueChange: TO_Q2 });
      await run.pipe([run.joined(stays, START)]);
      let largest = 0;
      for (let from = 0; from < 600; from += 50) {
        if (from === 250) await run.restart();
        await run.pipe(lives(from, from + 50).map(([event, at]) => run.joined(event, at)));
        const rows = await run.rows();
        largest = Math.max(largest, rows.size);
        expect(run.reports.at(-1)?.counters[entriesCounter(ASSIGNMENT_STORE)]).toBe(rows.size);
        // None that is not over long enough.
        for (let id = from + 50 - AFTER_MS / 1_000; id < from + 50; id++)
          if (id >= 0) expect(rows.has(key(`life-${id}`)), String(id)).toBe(true);
        expect(rows.has(key("open"))).toBe(true);
      }
      expect(largest).toBeLessThan(250);
      const forgotten = run.reports.flatMap(({ rowOutcomes }) => rowOutcomes);
      expect(forgotten).toHaveLength(601 - (await run.rows()).size);
      expect(new Set(forgotten.map(({ kind }) => kind))).toEqual(new Set(["forgotten"]));
    });

    it("begin anew with a late event, whether their rows are gone already or not", async () => {
      const run = await ProductRun.open(host, { forgetAfterMs: AFTER_MS });
      const id = { conversationId: "late" };
      const event = (eventId: string, fields: object, at: number) =>
        run.joined(conversation({ ...id, eventId, ...fields }), START + at);
      await run.pipe([
        event("deleted", { isDeletion: true, lifecycleChange: "DELETED" }, 0),
        event("in time, and nothing", { revision: 5, queueChange: TO_Q2 }, AFTER_MS),
        event("time goes on, and still nothing", { revision: 6, queueChange: TO_Q2 }, AFTER_MS + 1),
        event("late", { revision: 3, queueChange: TO_Q1 }, AFTER_MS + 2),
      ]);
      expect(run.decisions().map(({ reason }) => reason)).toEqual([
        "LIFECYCLE_CHANGED",
        "CONVERSATION_DELETED",
        "CONVERSATION_DELETED",
        "ASSIGNED",
      ]);
      expect(run.assignments().map(({ sequence, lifecycle }) => [sequence, lifecycle])).toEqual([
        [1, "DELETED"],
        [1, "OPEN"],
      ]);
      expect((await run.rows()).get(key("late"))).toMatchObject({ sequence: 1, assignment: TO_Q1.target });
      expect(run.reports.at(-1)?.counters[entriesCounter(ASSIGNMENT_STORE)]).toBe(1);
    });

    it("take their divergence with them, and are not republished", async () => {
      const run = await ProductRun.open(host, { forgetAfterMs: AFTER_MS });
      const id = { conversationId: "diverged" };
      const later = conversation({ conversationId: "later", eventId: "l", revision: 1, queueChange: TO_Q1 });
      await run.pipe([
        run.joined(conversation({ ...id, eventId: "a", revision: 1, queueChange: TO_Q1 }), START),
        run.joined(conversation({ ...id, eventId: "b", revision: 2, queueChange: TO_Q2, isSync: true }), START),
        run.joined(conversation({ ...id, eventId: "c", revision: 3, lifecycleChange: "CLOSED" }), START),
      ]);
      expect(run.reports.at(-1)?.counters).toMatchObject({ diverged: 1 });
      await run.pipe([run.joined(later, START + AFTER_MS + 1)]);
      run.forget();
      const control = { topic: "conversation-events", partition: 0, timestamp: START + AFTER_MS + 2, value: null };
      const headers = [header("control", "republish")];
      await run.pipe([
        { ...control, key: encodeText("control"), headers },
        { ...control, key: encodeText(key("diverged")), headers },
      ]);
      expect(run.assignments().map(({ conversationId }) => conversationId)).toEqual(["later"]);
      await run.pipe([
        run.joined({ ...later, event: { ...later.event, eventId: "m" } } as JoinedEvent, START + AFTER_MS + 3),
      ]);
      expect([...(await run.rows()).keys()]).toEqual([key("later")]);
      expect(run.reports.at(-1)?.counters).toMatchObject({ diverged: 0, [entriesCounter(ASSIGNMENT_STORE)]: 1 });
    });

    it("stay without the setting", async () => {
      const run = await ProductRun.open(host);
      await run.pipe(lives(0, 200).map(([event, at]) => run.joined(event, at)));
      expect((await run.rows()).size).toBe(200);
      expect(run.reports.at(-1)?.counters).not.toHaveProperty("stream-time");
    });
  });
}

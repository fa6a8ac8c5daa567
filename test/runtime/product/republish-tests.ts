/** What control records do, in whichever engine. */
import { describe, expect, it } from "vitest";
import {
  type ConsumedRecord,
  encodeText,
  headerText,
  type ProducedRecord,
  type RecordHeader,
} from "../../../runtime/task/index.js";
import type { ProductSettings } from "../../../topology/index.js";
import { conversation, type JoinedEvent, TO_Q1, TO_Q2 } from "../../oracle/build.js";
import { header } from "../task/records.js";
import type { ProductHost } from "./host.js";
import { ProductRun } from "./product-run.js";
import { sharedRun } from "./shared-run.js";

/** Recent: brokers compact what is much older than the marker behind it, before a test has read it. */
const START = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
const ASSIGNMENTS = "queue-assignments";

function control(fields: Partial<ProducedRecord> = {}, headers: readonly RecordHeader[] = []): ProducedRecord {
  return {
    topic: "conversation-events",
    partition: 0,
    timestamp: START + 50_000,
    key: encodeText("control"),
    value: null,
    ...fields,
    headers: [header("control", "republish"), ...headers],
  };
}

function assigned(conversationId: string, revision: number, fields: Partial<JoinedEvent["event"]> = {}): JoinedEvent {
  const queueChange = revision % 2 === 0 ? TO_Q2 : TO_Q1;
  return conversation({ eventId: `${conversationId}-${revision}`, conversationId, revision, queueChange, ...fields });
}

const isRepublished = ({ headers }: ConsumedRecord) => headerText(headers, "republished") === "true";
const content = ({ key, value, timestamp }: ConsumedRecord) => ({ key, value, timestamp });

/** The last record of each key, of those that were not republished. */
function lastOf(records: readonly ConsumedRecord[]): ConsumedRecord[] {
  const last = new Map<string, ConsumedRecord>();
  for (const record of records) if (!isRepublished(record)) last.set(Buffer.from(record.key ?? []).toString(), record);
  return [...last.values()];
}

export function republishTests(host: ProductHost): void {
  describe("a control record", () => {
    const shared = sharedRun(host, {}, async () => undefined);

    it("has the last record of each conversation written again, byte for byte, and nothing else", async () => {
      const run = shared();
      const events = [assigned("a", 1), assigned("b", 1), assigned("a", 2), assigned("c", 1)];
      await run.pipe(events.map((event, at) => run.joined(event, START + at)));
      const before = { last: lastOf(run.of(ASSIGNMENTS)), rows: await run.rows() };
      run.forget();
      await run.pipe([control()]);
      const again = run.of(ASSIGNMENTS);
      expect(again.every(isRepublished)).toBe(true);
      expect(again.map(content).toSorted(byKey)).toEqual(before.last.map(content).toSorted(byKey));
      expect(run.of("queue-assignment-decisions").concat(run.of("dead-letters"))).toEqual([]);
      expect(await run.rows()).toEqual(before.rows);
      expect(run.reports.flatMap(({ outcomes }) => outcomes)).toEqual([]);
      expect(run.reports.reduce((sum, { records }) => sum + records, 0)).toBe(1);
      const counted = run.reports.flatMap(({ rowOutcomes }) => rowOutcomes);
      expect(counted).toEqual(Array.from({ length: 3 }, () => ({ kind: "republished", source: "kustomer" })));
    });

    it("sees what came before it, and nothing of what comes behind it", async () => {
      const run = shared();
      run.forget();
      // More than one page of rows, of which none is committed when the scan begins or some are.
      const ids = Array.from({ length: 700 }, (_, at) => `flight-${String(at).padStart(3, "0")}`);
      const round = (revision: number, at: number) => ids.map((id) => run.joined(assigned(id, revision), at));
      await run.pipe([...round(1, START), control({ timestamp: START + 1 }), ...round(2, START + 2)]);
      const records = run.of(ASSIGNMENTS).filter(({ key }) => Buffer.from(key ?? []).includes("flight"));
      expect(records).toHaveLength(3 * ids.length);
      const sequences = new Map<string, string[]>();
      for (const record of records) {
        const key = Buffer.from(record.key ?? []).toString();
        const { sequence } = run.assignmentOf(record);
        sequences.set(key, [...(sequences.get(key) ?? []), `${sequence}${isRepublished(record) ? " again" : ""}`]);
      }
      for (const [key, found] of sequences) expect(found, key).toEqual(["1", "1 again", "2"]);
    });

    it("of a conversation is of no other, and of an unknown one of none", async () => {
      const run = shared();
      await run.pipe(["one", "other"].map((id) => run.joined(assigned(id, 1), START)));
      run.forget();
      await run.pipe(["one", "nobody's"].map((id) => control({ key: encodeText(`kustomer:t:${id}`) })));
      const keys = run.of(ASSIGNMENTS).map(({ key }) => Buffer.from(key ?? []).toString());
      expect(keys).toEqual(["kustomer:t:one"]);
      expect(run.of("dead-letters")).toEqual([]);
    });

    it("with a time is of what was emitted then or later", async () => {
      const run = shared();
      await run.pipe([10, 20, 30].map((at) => run.joined(assigned(`since-${at}`, 1), START + 40_000 + at)));
      run.forget();
      const since = header("since", String(START + 40_020));
      await run.pipe([control({}, [since])]);
      const keys = run.of(ASSIGNMENTS).map(({ key }) => Buffer.from(key ?? []).toString());
      expect(keys.toSorted()).toEqual(["kustomer:t:since-20", "kustomer:t:since-30"]);
      run.forget();
      await run.pipe([control({ key: encodeText("kustomer:t:since-10") }, [since])]);
      expect(run.of(ASSIGNMENTS)).toEqual([]);
    });

    it("names the version that the assignment has by now, where a later decision has confirmed it", async () => {
      const run = shared();
      const id = { conversationId: "confirmed", queueChange: TO_Q1 };
      await run.pipe([
        run.joined(conversation({ ...id, eventId: "first", revision: 3 }), START),
        run.joined(conversation({ ...id, eventId: "confirms", revision: 9 }), START + 1),
      ]);
      run.forget();
      await run.pipe([control({ key: encodeText("kustomer:t:confirmed") })]);
      expect(run.assignments()).toMatchObject([
        { sequence: 1, causeEventId: "first", emittedAt: START, assignmentVersion: { basis: 9, eventId: "confirms" } },
      ]);
    });

    it("that asks for what is not known, or not well, is a dead letter with a code", async () => {
      const run = shared();
      run.forget();
      const event = run.joined(assigned("bad", 1), START);
      await run.pipe([
        control({ headers: [] }, [header("control", "dance")]),
        control({ topic: "work-item-events" }),
        control({ value: event.value }),
        control({ key: null }),
        control({ key: encodeText("no-key") }),
        control({ key: Uint8Array.of(0xff) }),
        control({}, [header("since", "yesterday")]),
        control({}, [header("since", "-5")]),
      ]);
      const codes = run.of("dead-letters").map(({ headers }) => headerText(headers, "error-code"));
      const expected = [
        ...Array.from({ length: 3 }, () => "UNSUPPORTED_CONTROL"),
        ...Array.from({ length: 3 }, () => "BAD_KEY"),
        ...Array.from({ length: 2 }, () => "BAD_VALUE"),
      ];
      expect(codes.toSorted()).toEqual(expected.toSorted());
      expect(run.of(ASSIGNMENTS)).toEqual([]);
    });

    it("takes an empty value as none", async () => {
      const run = shared();
      await run.pipe([run.joined(assigned("empty", 1), START)]);
      run.forget();
      await run.pipe([control({ key: encodeText("kustomer:t:empty"), value: new Uint8Array() })]);
      expect(run.of(ASSIGNMENTS)).toHaveLength(1);
    });

    it("does nothing where control records are ignored, as in a replay", async () => {
      const run = await open(host, { controlRecords: "ignore" });
      await run.pipe([run.joined(assigned("quiet", 1), START), control()]);
      expect(run.of(ASSIGNMENTS)).toHaveLength(1);
      expect(run.of("dead-letters")).toEqual([]);
    });
  });
}

function open(host: ProductHost, settings: Partial<ProductSettings>): Promise<ProductRun> {
  return ProductRun.open(host, settings);
}

function byKey(one: { readonly key: Uint8Array | null }, other: { readonly key: Uint8Array | null }): number {
  return Buffer.compare(one.key ?? new Uint8Array(), other.key ?? new Uint8Array());
}

/** What the product does in whichever engine: the bundled events, what cannot be read, the order of the input, and a restart. */
import { describe, expect, it } from "vitest";
import { type ConsumedRecord, encodeText, entriesCounter, headerText } from "../../../runtime/task/index.js";
import { ASSIGNMENT_STORE } from "../../../topology/index.js";
import { conversation, TO_Q1, TO_Q2, workItem } from "../../oracle/build.js";
import { INCIDENT, INCIDENT_Q1, INCIDENT_Q2 } from "../../oracle/incident.js";
import { plain, resultOf } from "../../processors/rule/subject.js";
import { belcoLines, kustomerLines, rasayelBody, TENANT } from "../../processors/sources/documents.js";
import { INCIDENT_KEY } from "../../support/program.js";
import { header, rawPosition } from "../task/records.js";
import { forgettingTests } from "./forgetting-tests.js";
import type { ProductHost } from "./host.js";
import { FAILED_AT, ProductRun, rawEvent } from "./product-run.js";
import { republishTests } from "./republish-tests.js";
import { sharedRun } from "./shared-run.js";

/** Recent: brokers compact what is much older than the marker behind it, before a test has read it. */
const START = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;

/** The bundled incident, a line a second. */
const incidentRecords = kustomerLines.map((line, index) => rawEvent("kustomer", line, START + index * 1_000));

function keyText({ key }: ConsumedRecord): string | null {
  return key === null ? null : Buffer.from(key).toString("utf8");
}

/** Section 6 of the decision rule: reason, own key without its event id, diverged. */
const TABLE = [
  ["ASSIGNED", "11,1,1,1", false],
  ["NO_QUEUE_CHANGE", null, false],
  ["UNASSIGNED", "53,0,0,0", false],
  ["ECHO_FORWARD", null, false],
  ["ASSIGNED", "54,0,0,0", false],
  ["SUPERSEDED_SAME_TARGET", "53,1,1,3", false],
  ["NO_QUEUE_CHANGE", null, false],
  ["NO_QUEUE_CHANGE", null, false],
  ["NO_QUEUE_CHANGE", null, false],
  ["ASSIGNED", "58,0,0,0", false],
  ["NO_QUEUE_CHANGE", null, false],
  ["STALE_REVERSE_SYNC", null, true],
  ["NO_QUEUE_CHANGE", null, true],
];

export function productTests(host: ProductHost): void {
  incidentTests(host);
  otherSourcesTests(host);
  unreadableTests(host);
  engineTests(host);
  republishTests(host);
  forgettingTests(host);
}

function incidentTests(host: ProductHost): void {
  describe("the founding incident", () => {
    const incident = sharedRun(host, { tenant: TENANT }, (run) => run.pipe(incidentRecords));

    it("emits the four records of the table", () => {
      const run = incident();
      const said = run.assignments().map((record) => [record.sequence, record.assignment, record.causeEventId]);
      expect(plain(said)).toEqual([
        [1, INCIDENT_Q2, INCIDENT[0]?.event.eventId],
        [2, null, INCIDENT[2]?.event.eventId],
        [3, INCIDENT_Q1, INCIDENT[4]?.event.eventId],
        [4, INCIDENT_Q2, INCIDENT[9]?.event.eventId],
      ]);
      expect(run.of("queue-assignments").map(keyText)).toEqual(Array(4).fill(INCIDENT_KEY));
      expect(run.of("dead-letters")).toEqual([]);
    });

    it("decides its thirteen events as the table says, each from the record that it came from", () => {
      const run = incident();
      const decisions = run.decisions();
      expect(
        decisions.map(({ reason, version, diverged }) => [
          reason,
          version && [version.basis, version.kind, version.workItemNumber, version.workItemRevision].join(","),
          diverged,
        ]),
      ).toEqual(TABLE);
      expect(decisions.map(({ rawPosition: position }) => position)).toEqual(TABLE.map((_, line) => `0:${line}`));
      for (const { inputTopic, inputPartition, inputOffset, rawPosition: position } of decisions) {
        const input = run.of(inputTopic).find(({ offset }) => offset === inputOffset);
        expect(inputPartition).toBe(0);
        expect(input === undefined ? null : headerText(input.headers, "raw-position")).toBe(position);
      }
    });

    it("has the raw record's timestamp in everything that follows from it", () => {
      const run = incident();
      const expected = incidentRecords.map(({ timestamp }) => timestamp);
      expect(run.of("queue-assignment-decisions").map(({ timestamp }) => timestamp)).toEqual(expected);
      const emitted = [0, 2, 4, 9].map((line) => expected[line]);
      expect(run.of("queue-assignments").map(({ timestamp }) => timestamp)).toEqual(emitted);
      expect(run.assignments().map(({ emittedAt }) => emittedAt)).toEqual(emitted);
      const normalised = [...run.of("conversation-events"), ...run.of("work-item-events")];
      for (const { timestamp, headers } of normalised) {
        expect(headerText(headers, "received-at")).toBe(String(timestamp));
        expect(headerText(headers, "raw-position")).toBe(`0:${(timestamp - START) / 1_000}`);
      }
      expect(normalised).toHaveLength(13);
    });

    it("leaves Q2 assigned and the source's record diverged, in whatever order its lines come", async () => {
      const reversed = await ProductRun.open(host, { tenant: TENANT });
      await reversed.pipe(kustomerLines.toReversed().map((line, index) => rawEvent("kustomer", line, START + index)));
      for (const run of [incident(), reversed]) {
        const row = (await run.rows()).get(INCIDENT_KEY);
        expect(row === undefined ? null : resultOf(row)).toMatchObject({
          assignment: INCIDENT_Q2,
          assignmentVersion: { basis: 58, eventId: "621e7eab08413f62a436079f" },
          record: { target: INCIDENT_Q1, revision: 60 },
          diverged: true,
        });
        const counted = run.reports.findLast(({ subTopology }) => subTopology === "ratchet")?.counters;
        expect(counted).toEqual({ diverged: 1, [entriesCounter(ASSIGNMENT_STORE)]: 1 });
      }
    });

    it("gives the same bytes each time, also a line at a time, with a restart amid it", async () => {
      const singly = await ProductRun.open(host, { tenant: TENANT });
      for (const [line, record] of incidentRecords.entries()) {
        if (line === 6) await singly.restart();
        await singly.pipe([record]);
      }
      const values = (run: ProductRun) => run.of("queue-assignments").map(({ offset, ...record }) => record);
      expect(values(singly)).toEqual(values(incident()));
      const decided = (run: ProductRun) => run.decisions().map(({ inputOffset, ...decision }) => decision);
      expect(decided(singly)).toEqual(decided(incident()));
      if (host.hasDenseOffsets) {
        const records = (run: ProductRun) =>
          ["queue-assignments", "queue-assignment-decisions"].flatMap((topic) => run.of(topic));
        expect(records(singly)).toEqual(records(incident()));
      }
      const restarted = singly.reports.findLast(({ subTopology }) => subTopology === "ratchet")?.counters;
      expect(restarted).toEqual({ diverged: 1, [entriesCounter(ASSIGNMENT_STORE)]: 1 });
    });

    it("has a reverse sync counted as a decision when there is no work-item stream", async () => {
      const run = await ProductRun.open(host, { tenant: TENANT, workItemStream: "absent" });
      await run.pipe(incidentRecords);
      const row = (await run.rows()).get(INCIDENT_KEY);
      expect(row === undefined ? null : resultOf(row)).toMatchObject({ assignment: INCIDENT_Q1, diverged: false });
    });
  });
}

function otherSourcesTests(host: ProductHost): void {
  describe("the other sources", () => {
    const both = sharedRun(host, {}, async (run) => {
      await run.pipe(belcoLines.map((line, index) => rawEvent("belco", line, START + index)));
      await run.pipe([rawEvent("rasayel", rasayelBody, START)]);
    });

    it("Belco's events give the records that are expected of them", () => {
      const user = { type: "USER", id: "hDPhQuae27KmsYREq" };
      const own = both()
        .assignments()
        .filter(({ source }) => source === "belco");
      expect(plain(own.map((record) => [record.sequence, record.assignment, record.lifecycle]))).toEqual([
        [1, user, "OPEN"],
        [2, user, "CLOSED"],
        [3, user, "OPEN"],
      ]);
      expect(both().of("dead-letters")).toEqual([]);
    });

    it("Rasayel's event gives a record of the life cycle, and none of an assignment", () => {
      expect(both().of("queue-assignments").map(keyText)).toContain("rasayel:1:1");
      expect(
        both()
          .assignments()
          .filter(({ source }) => source === "rasayel"),
      ).toMatchObject([
        { sequence: 1, lifecycle: "CLOSED", assignment: null, assignmentVersion: null, reason: "LIFECYCLE_CHANGED" },
      ]);
    });
  });
}

function unreadableTests(host: ProductHost): void {
  describe("what cannot be read", () => {
    const intact = kustomerLines[0] ?? "";
    const shared = sharedRun(host, {}, async () => undefined);
    let tenants = 0;

    it.each([
      ["no JSON", rawEvent("kustomer", '{"name":', 7), "INVALID_JSON"],
      ["no UTF-8", rawEvent("kustomer", Uint8Array.of(0x7b, 0xff, 0x7d), 7), "INVALID_UTF8"],
      ["no bytes", rawEvent("kustomer", "", 7), "EMPTY_BODY"],
      ["no value", { ...rawEvent("kustomer", "", 7), value: null }, "EMPTY_BODY"],
      ["an unknown source", rawEvent("zendesk", intact, 7), "UNKNOWN_SOURCE"],
      ["no source", { ...rawEvent("kustomer", intact, 7), headers: [] }, "UNKNOWN_SOURCE"],
      ["a missing tenant", rawEvent("kustomer", kustomerLines[12] ?? "", 7), "MISSING_TENANT"],
      ["a key that is no UTF-8", { ...rawEvent("kustomer", intact, 7), key: Uint8Array.of(0xff) }, "BAD_KEY"],
    ])("(%s) lies in the dead letters byte for byte, and the next event is decided", async (_, bad, code) => {
      const run = shared();
      run.forget();
      const first = run.endOffset("raw-events", 0);
      // Of a tenant that no other test has: its first event.
      tenants += 1;
      await run.pipe([bad, rawEvent("kustomer", intact.replaceAll(TENANT, `t${tenants}`), 8)]);
      const [letter, ...more] = run.of("dead-letters");
      expect(more).toEqual([]);
      expect({ key: letter?.key, value: letter?.value, timestamp: letter?.timestamp }).toEqual({
        key: bad.key,
        value: bad.value,
        timestamp: 7,
      });
      const { headers } = letter ?? { headers: [] };
      expect(headers.slice(0, bad.headers.length)).toEqual(bad.headers);
      const said = ["original-topic", "original-partition", "original-offset", "error-code", "failed-at"];
      const expected = [run.fullName("raw-events"), "0", String(first), code, String(FAILED_AT)];
      expect(said.map((name) => headerText(headers, name))).toEqual(expected);
      expect(run.decisions()).toMatchObject([{ reason: "ASSIGNED", rawPosition: `0:${first + 1}` }]);
      const outcomes = run.reports.flatMap((report) => report.outcomes.map(({ kind }) => kind));
      expect(outcomes).toEqual(["refused", "normalised", "decided"]);
    });

    it("in a joined topic goes to the dead letters, has no decision, and does not hold up the next one", async () => {
      const run = shared();
      run.forget();
      const ids = { tenant: "unreadable", conversationId: "c" };
      const good = run.joined(conversation({ ...ids, eventId: "good", revision: 2, queueChange: TO_Q2 }), 9);
      const other = run.joined(conversation({ ...ids, eventId: "a", revision: 1, queueChange: TO_Q1 }), 1);
      const bad = [
        { ...other, key: encodeText("kustomer:unreadable:another") },
        { ...other, key: null },
        { ...other, value: null },
        { ...other, value: other.value?.subarray(0, 12) ?? null },
        { ...other, headers: [header("control", "republish")] },
        run.joined(conversation({ ...ids, eventId: "a", revision: 2 ** 53 - 2, queueChange: TO_Q1 }), 1),
        run.joined(workItem({ ...ids, eventId: "w", revision: 1, basis: 2 ** 53 - 2, queueChange: TO_Q1 }), 1),
      ];
      await run.pipe([...bad, good]);
      const codes = run.of("dead-letters").map(({ headers }) => headerText(headers, "error-code"));
      const expected = ["KEY_MISMATCH", "BAD_KEY", "UNDECODABLE", "UNDECODABLE", "UNSUPPORTED_CONTROL", "BAD_TYPE"];
      expect(codes.toSorted()).toEqual([...expected, "BAD_TYPE"].toSorted());
      for (const { key, value } of run.of("dead-letters")) {
        expect(bad.map((record) => [record.key, record.value])).toContainEqual([key, value]);
      }
      expect(run.decisions().map(({ eventId }) => eventId)).toEqual(["good"]);
      expect([...(await run.rows("kustomer:unreadable:")).keys()]).toEqual(["kustomer:unreadable:c"]);
    });

    it("is something else than what is ignored, which leaves no record and no row, and is told to the observer", async () => {
      const run = shared();
      const before = await run.rows();
      run.forget();
      await run.pipe([rawEvent("kustomer", '{"name":"kustomer.message.create","id":"m"}', 1)]);
      expect(run.records.map(({ topic }) => topic)).toEqual(["raw-events"]);
      expect(await run.rows()).toEqual(before);
      expect(run.reports).toEqual([
        {
          subTopology: "normalise",
          partition: 0,
          records: 1,
          outcomes: [{ kind: "ignored", source: "kustomer", event: "message" }],
          receivedAtMs: [1],
          rowOutcomes: [],
          counters: {},
          commitMs: expect.any(Number),
        },
      ]);
    });
  });
}

function engineTests(host: ProductHost): void {
  describe("the engine", () => {
    const shared = sharedRun(host, {}, async () => undefined);

    it("takes the two streams in the order of their timestamps, then of their raw events", async () => {
      const run = shared();
      run.forget();
      const ids = { conversationId: "in-order" };
      await run.pipe([
        run.joined(workItem({ ...ids, eventId: "third", revision: 1 }), 20, rawPosition("0:2")),
        run.joined(workItem({ ...ids, eventId: "fourth", revision: 2 }), 30, rawPosition("0:3")),
        run.joined(conversation({ ...ids, eventId: "first", revision: 1 }), 10, rawPosition("0:9")),
        run.joined(conversation({ ...ids, eventId: "second", revision: 2 }), 20, rawPosition("0:1")),
      ]);
      expect(run.decisions().map(({ eventId }) => eventId)).toEqual(["first", "second", "third", "fourth"]);
    });

    it("writes each record once, in the order in which it tells of them", async () => {
      const run = shared();
      run.forget();
      const bodies = kustomerLines.slice(0, 12).map((line) => line.replaceAll(TENANT, "once"));
      for (const body of [...bodies, "{"]) await run.pipe([rawEvent("kustomer", body, 1)]);
      expect(run.decisions()).toHaveLength(12);
      for (const topic of new Set(run.records.map((record) => record.topic))) {
        const offsets = run.of(topic).map(({ offset }) => offset);
        expect(offsets).toEqual([...new Set(offsets)].toSorted((left, right) => left - right));
        const first = offsets[0] ?? 0;
        if (host.hasDenseOffsets) expect(offsets).toEqual(offsets.map((_, index) => first + index));
      }
    });

    it("runs more than fits one batch to its end, each record once, and each checkpoint sees the one before", async () => {
      const run = shared();
      run.forget();
      const count = 2_500;
      const targets = [TO_Q1, TO_Q2];
      const event = (revision: number) =>
        conversation({
          conversationId: "long",
          eventId: `e${revision}`,
          revision,
          queueChange: targets[revision % 2] ?? TO_Q1,
        });
      await run.pipe(Array.from({ length: count }, (_, revision) => run.joined(event(revision), 5)));
      const expected = Array.from({ length: count }, (_, at) => at + 1);
      expect(run.decisions().map(({ emittedSequence }) => emittedSequence)).toEqual(expected);
      expect(run.reports.reduce((sum, { records }) => sum + records, 0)).toBe(count);
      expect(run.reports.reduce((sum, { outcomes }) => sum + outcomes.length, 0)).toBe(count);
      const largest = Math.max(...run.reports.map(({ records }) => records));
      expect(largest).toBeLessThanOrEqual(host.maxCheckpointRecords);
      expect((await run.rows()).get("kustomer:t:long")?.sequence).toBe(count);
    });

    it("is content with nothing", async () => {
      const run = shared();
      run.forget();
      await run.pipe([]);
      expect([run.records, run.reports]).toEqual([[], []]);
    });
  });
}

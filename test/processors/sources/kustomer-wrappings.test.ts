/** The shapes in which Kustomer's events come: the event itself, the log envelope, the audit line; and other names. */
import { describe, expect, it } from "vitest";
import {
  auditLine,
  CONVERSATION,
  change,
  conversationIn,
  conversationUpdate,
  envelope,
  type Json,
  kustomerLines,
  MAX_NUMBER,
  describe as outcome,
  Q1,
  read,
  TENANT,
  TIMESTAMP,
  workItemIn,
  workItemUpdate,
} from "./documents.js";

const auditWith = (path: string, value: Json | undefined) => change(auditLine, path, value);
const auditOf = (document: Json) => conversationIn(read(document, { tenant: TENANT }));

describe("the log envelope", () => {
  it("gives the event of the webhook body, and its trace", () => {
    const bare = conversationIn(read(conversationUpdate));
    expect(conversationIn(read(envelope(conversationUpdate, "trace-1")))).toEqual({ ...bare, traceId: "trace-1" });
    expect(workItemIn(read(envelope(workItemUpdate, "trace-1")))).toEqual({
      ...workItemIn(read(workItemUpdate)),
      traceId: "trace-1",
    });
  });

  it.each(kustomerLines.slice(0, -1).map((line, index) => [index + 1, line] as const))(
    "of line %d of the incident gives the event that is in it",
    (_, line) => {
      const document = JSON.parse(line);
      const wrapped = read(document);
      const bare = read(document.body.body);
      if (wrapped.kind === "refused" || wrapped.kind === "ignored") throw new Error(outcome(wrapped));
      expect(wrapped.event.eventId).toBe(document.body.body.id);
      expect(wrapped.event.traceId).toBe(document.dd.trace_id);
      expect({ ...wrapped, event: { ...wrapped.event, traceId: null } }).toEqual(bare);
    },
  );

  it.each([
    ["dd", undefined],
    ["dd", null],
    ["dd.trace_id", undefined],
    ["dd.trace_id", null],
  ])("may have no trace (%s: %s)", (path, value) => {
    expect(conversationIn(read(change(envelope(conversationUpdate, "t"), path, value)))).toEqual(
      conversationIn(read(conversationUpdate)),
    );
  });

  it("may have another name inside than the one beside it", () => {
    const document = change(envelope(conversationUpdate, "t"), "body.name", "kustomer.work-item.create");
    expect(read(document).kind).toBe("conversation");
  });

  it.each<[string, Json | undefined, string]>([
    ["body", undefined, "MISSING_FIELD at body: expected an object"],
    ["body", "x", "BAD_TYPE at body: expected an object"],
    ["body.body", undefined, "MISSING_FIELD at body.body: expected an object"],
    ["body.body", null, "MISSING_FIELD at body.body: expected an object"],
    ["body.body", "x", "BAD_TYPE at body.body: expected an object"],
    ["body.body", [], "BAD_TYPE at body.body: expected an object"],
    ["dd", 5, "BAD_TYPE at dd: expected an object"],
    ["dd.trace_id", 5, "BAD_TYPE at dd.trace_id: expected a string"],
    ["dd.trace_id", "", "BAD_VALUE at dd.trace_id: expected a non-empty string"],
    ["dd.trace_id", "a\nb", "BAD_VALUE at dd.trace_id: expected no control characters"],
  ])("is refused when %s is %j, named from the envelope", (path, value, message) => {
    expect(outcome(read(change(envelope(conversationUpdate, "t"), path, value)))).toBe(message);
  });

  it("names wrong fields of the event from the event", () => {
    const rev = envelope(change(conversationUpdate, "data.attributes.rev", "60"), "t");
    expect(outcome(read(rev))).toBe("BAD_TYPE at data.attributes.rev: expected a safe integer");
    const reason = envelope(change(workItemUpdate, "routingReasons[0].meta.conversationRev", -1), "t");
    expect(outcome(read(reason))).toBe(
      `BAD_TYPE at routingReasons[0].meta.conversationRev: expected a safe integer from 0 to ${MAX_NUMBER}`,
    );
    expect(outcome(read(envelope({ id: "x" }, "t")))).toBe("MISSING_FIELD at name: expected a string");
  });

  it.each([2 ** 53, 2 ** 53 - 2, 1e300])("K21: refuses the revision %d by its name, before Avro sees it", (rev) => {
    const wrapped = envelope(change(conversationUpdate, "data.attributes.rev", rev), "t");
    expect(outcome(read(wrapped))).toMatch(/^BAD_TYPE at data\.attributes\.rev: expected a safe integer/);
  });

  it("is not looked for inside an envelope", () => {
    expect(outcome(read(envelope(envelope(conversationUpdate, "t"), "t")))).toMatch(/^UNSUPPORTED_EVENT at name: /);
  });
});

describe("the audit line", () => {
  it("is an observation of the reverse sync that it names", () => {
    expect(auditOf(auditLine)).toEqual({
      source: "kustomer",
      tenant: TENANT,
      conversationId: CONVERSATION,
      eventId: `audit:${CONVERSATION}:5975515570340052903`,
      revision: null,
      orderedAt: null,
      queueChange: null,
      lifecycleChange: null,
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: true,
      client: "routing-worker",
      occurredAt: Date.UTC(2022, 2, 1, 20, 14, 36, 295),
      traceId: "5975515570340052903",
      snapshotTarget: { type: "QUEUE", id: Q1 },
      preconditionRevision: 59,
    });
  });

  it("of the incident is read the same", () => {
    const line: Json = JSON.parse(kustomerLines.at(-1) ?? "");
    expect(auditOf(line)).toEqual(auditOf(auditLine));
  });

  it("is refused without a configured tenant", () => {
    expect(outcome(read(auditLine))).toBe(
      "MISSING_TENANT at org: the document names no organization: give its id with --tenant",
    );
  });

  it("takes its own tenant when it has one", () => {
    expect(auditOf(auditWith("org", "its-own")).tenant).toBe("its-own");
    expect(auditOf(auditWith("org", null)).tenant).toBe(TENANT);
  });

  it.each([
    ["updatedConversation", null],
    ["updatedConversation", undefined],
    ["updatedConversation.queue", null],
    ["updatedConversation.queue", undefined],
    ["updatedConversation.queue.id", null],
    ["updatedConversation.queue.id", undefined],
  ])("shows nobody when %s is %s", (path, value) => {
    expect(auditOf(auditWith(path, value)).snapshotTarget).toBeNull();
  });

  it.each([
    ["updatedConversation", null, "preconditionRevision", null],
    ["updatedConversation.rev", null, "preconditionRevision", null],
    ["updatedConversation.rev", undefined, "preconditionRevision", null],
    ["updatedConversation.rev", 0, "preconditionRevision", 0],
    ["time", 1646165676211, "occurredAt", 1646165676211],
    ["time", null, "occurredAt", TIMESTAMP],
    ["time", undefined, "occurredAt", TIMESTAMP],
    ["name", null, "client", null],
    ["name", undefined, "client", null],
    ["name", "event", "client", "event"],
    ["workItemId", undefined, "isAudit", true],
  ] as const)("with %s: %j has %s: %j", (path, value, field, expected) => {
    expect(auditOf(auditWith(path, value))[field]).toBe(expected);
  });

  it.each<[string, Json | undefined, string]>([
    ["conversationId", undefined, "MISSING_FIELD at conversationId: expected a string"],
    ["conversationId", 5, "BAD_TYPE at conversationId: expected a string"],
    ["dd", undefined, "MISSING_FIELD at dd: expected an object"],
    ["dd.trace_id", undefined, "MISSING_FIELD at dd.trace_id: expected a string"],
    ["dd.trace_id", null, "MISSING_FIELD at dd.trace_id: expected a string"],
    ["dd.trace_id", "x".repeat(512), "BAD_VALUE at dd.trace_id: with conversationId: expected at most 512 characters"],
    ["updatedConversation", 5, "BAD_TYPE at updatedConversation: expected an object"],
    ["updatedConversation.rev", "59", "BAD_TYPE at updatedConversation.rev: expected a safe integer"],
    ["updatedConversation.queue", "x", "BAD_TYPE at updatedConversation.queue: expected an object"],
    ["updatedConversation.queue.id", 5, "BAD_TYPE at updatedConversation.queue.id: expected a string"],
    ["name", 5, "BAD_TYPE at name: expected a string"],
    ["org", "a:b", "BAD_VALUE at org: expected no colon: it separates the parts of the key"],
    ["time", "soon", "BAD_VALUE at time: expected a time from 1970 on: ISO 8601 with an offset, or epoch milliseconds"],
  ])("is refused when %s is %j", (path, value, message) => {
    expect(outcome(read(auditWith(path, value), { tenant: TENANT }))).toBe(message);
  });
});

describe("the name of an event", () => {
  it.each([
    ["kustomer.message.create", "message"],
    ["kustomer.message.update", "message"],
    ["kustomer.note.create", "note"],
    ["kustomer.note.delete", "note"],
  ])("%s is ignored, under the label %s", (name, label) => {
    expect(read({ name })).toEqual({ kind: "ignored", source: "kustomer", event: label });
    expect(outcome(read(envelope({ name }, "t")))).toBe(`ignored ${label}`);
  });

  it.each([
    ["kustomer.conversation.merge"],
    ["kustomer.conversation"],
    ["kustomer.conversation.update.more"],
    ["kustomer.work-item.delete"],
    ["kustomer.customer.update"],
    ["kustomer.messages.create"],
    ["kustomer.message"],
    ["conversation.update"],
    ["constructor"],
    ["toString"],
    [""],
  ])("%j is not supported", (name) => {
    expect(outcome(read({ ...conversationUpdate, name }))).toBe(
      "UNSUPPORTED_EVENT at name: the meaning of this event is not known; known are kustomer.conversation.create, " +
        "kustomer.conversation.update, kustomer.conversation.delete, kustomer.work-item.create, kustomer.work-item.update",
    );
  });

  it.each([
    [undefined, "MISSING_FIELD at name: expected a string"],
    [null, "MISSING_FIELD at name: expected a string"],
    [5, "BAD_TYPE at name: expected a string"],
  ])("is refused when it is %j", (name, message) => {
    expect(outcome(read(change(conversationUpdate, "name", name)))).toBe(message);
  });
});

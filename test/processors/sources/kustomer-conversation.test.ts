/** Kustomer's conversation events: what they change, in which revision, and why some are refused. */
import { describe, expect, it } from "vitest";
import {
  CONVERSATION,
  change,
  conversationCreate,
  conversationDelete,
  conversationIn,
  conversationUpdate,
  type Json,
  MAX_NUMBER,
  describe as outcome,
  Q1,
  Q2,
  read,
  readText,
  relation,
  TENANT,
  TIMESTAMP,
} from "./documents.js";

const QUEUE_CHANGE = "changes.relationships.queue";
const eventOf = (document: Json) => conversationIn(read(document));
const updateWith = (path: string, value: Json | undefined) => change(conversationUpdate, path, value);
const createWith = (path: string, value: Json | undefined) => change(conversationCreate, path, value);
const deleteWith = (path: string, value: Json | undefined) => change(conversationDelete, path, value);

describe("an update", () => {
  it("is read with everything that the contract asks for", () => {
    expect(eventOf(conversationUpdate)).toEqual({
      source: "kustomer",
      tenant: TENANT,
      conversationId: CONVERSATION,
      eventId: "event-60",
      revision: 60,
      orderedAt: null,
      queueChange: { target: { type: "QUEUE", id: Q1 } },
      lifecycleChange: null,
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: false,
      client: "workflow",
      occurredAt: Date.UTC(2022, 2, 1, 20, 14, 36, 210),
      traceId: null,
      snapshotTarget: { type: "QUEUE", id: Q1 },
      preconditionRevision: null,
    });
  });

  it.each([[undefined], [null]])("without changes (%s) changes nothing", (changes) => {
    const event = eventOf(updateWith("changes", changes));
    expect([event.queueChange, event.lifecycleChange]).toEqual([null, null]);
  });

  it.each([
    ["changes.attributes", null],
    ["changes.attributes", undefined],
    ["changes.attributes.rev", null],
    ["changes.attributes.status", null],
    ["changes.attributes.status", {}],
    ["changes.attributes.status.after", null],
    ["changes.relationships", null],
    ["changes.relationships", undefined],
    [QUEUE_CHANGE, null],
    [QUEUE_CHANGE, undefined],
  ])("takes %s: %j as no change", (path, value) => {
    const event = eventOf(change(updateWith(QUEUE_CHANGE, undefined), path, value));
    expect([event.queueChange, event.lifecycleChange, event.revision]).toEqual([null, null, 60]);
  });

  it.each([[undefined], [null], [{}], [{ data: null }]])(
    "whose queue is %j afterwards leaves it to nobody",
    (after) => {
      expect(eventOf(updateWith(`${QUEUE_CHANGE}.after`, after)).queueChange).toEqual({ target: null });
    },
  );

  it("does not look at op and before of a change", () => {
    const document = change(updateWith(`${QUEUE_CHANGE}.op`, 5), `${QUEUE_CHANGE}.before`, "anything");
    expect(eventOf(document).queueChange).toEqual({ target: { type: "QUEUE", id: Q1 } });
  });

  it("takes the change, not the snapshot, as what was decided", () => {
    const event = eventOf(updateWith("data.relationships.queue", relation(Q2)));
    expect(event.queueChange?.target?.id).toBe(Q1);
    expect(event.snapshotTarget?.id).toBe(Q2);
  });

  it("never takes a snapshot for a change", () => {
    const event = eventOf(change(updateWith("changes", null), "data.attributes.status", "done"));
    expect(event).toMatchObject({ queueChange: null, lifecycleChange: null, snapshotTarget: { id: Q1 } });
  });

  it.each([[undefined], [null], [{}], [{ data: null }]])("shows nobody when the snapshot's queue is %j", (queue) => {
    expect(eventOf(updateWith("data.relationships.queue", queue)).snapshotTarget).toBeNull();
  });

  it.each([[undefined], [null]])("shows nobody when the snapshot's relationships are %j", (relationships) => {
    expect(eventOf(updateWith("data.relationships", relationships)).snapshotTarget).toBeNull();
  });

  it.each([
    ["open", "OPEN"],
    ["snoozed", "SNOOZED"],
    ["done", "CLOSED"],
    ["on fire", null],
    ["", null],
    ["OPEN", null],
  ])("to status %s is a change to %s", (after, lifecycle) => {
    expect(eventOf(updateWith("changes.attributes.status", { before: "open", after })).lifecycleChange).toBe(lifecycle);
  });

  it.each([
    ["isSync", true, "isSync", true],
    ["isSync", false, "isSync", false],
    ["isSync", null, "isSync", false],
    ["isSync", undefined, "isSync", false],
    ["persist", true, "persisted", true],
    ["persist", null, "persisted", true],
    ["persist", undefined, "persisted", true],
    ["persist", false, "persisted", false],
    ["client", null, "client", null],
    ["client", undefined, "client", null],
    ["createdAt", null, "occurredAt", TIMESTAMP],
    ["createdAt", undefined, "occurredAt", TIMESTAMP],
    ["createdAt", 1646165676211, "occurredAt", 1646165676211],
    ["createdAt", 0, "occurredAt", 0],
    ["createdAt", MAX_NUMBER, "occurredAt", MAX_NUMBER],
    ["createdAt", "2022-03-01T20:14:36Z", "occurredAt", 1646165676000],
    ["createdAt", "2022-03-01T21:14:36.5+01:00", "occurredAt", 1646165676500],
    ["createdAt", "2022-03-01T20:14:36.210999Z", "occurredAt", 1646165676210],
    ["createdAt", "1970-01-01T00:00:00Z", "occurredAt", 0],
  ] as const)("with %s: %j has %s: %j", (path, value, field, expected) => {
    expect(eventOf(updateWith(path, value))[field]).toBe(expected);
  });

  it("that was not persisted keeps its fields", () => {
    const event = eventOf(updateWith("persist", false));
    expect(event).toEqual({ ...eventOf(conversationUpdate), persisted: false });
  });
});

describe("the revision", () => {
  it.each([
    ["data.attributes", undefined],
    ["data.attributes", null],
    ["data.attributes.rev", undefined],
    ["data.attributes.rev", null],
  ])("is that of the changes when %s is %s", (path, value) => {
    expect(eventOf(updateWith(path, value)).revision).toBe(60);
    expect(eventOf(change(createWith(path, value), "changes.attributes.rev.after", 4)).revision).toBe(4);
  });

  it.each([[0], [1], [MAX_NUMBER]])("may be %d", (rev) => {
    expect(eventOf(change(updateWith("changes", null), "data.attributes.rev", rev)).revision).toBe(rev);
  });

  it("is 0 when it is written as -0", () => {
    const text = JSON.stringify(updateWith("changes", null)).replace('"rev":60', '"rev":-0');
    expect(Object.is(conversationIn(readText(text)).revision, 0)).toBe(true);
  });

  it("is refused when the two places differ", () => {
    const message = "CONFLICTING_VALUES at changes.attributes.rev.after: differs from data.attributes.rev";
    expect(outcome(read(updateWith("data.attributes.rev", 61)))).toBe(message);
    expect(outcome(read(createWith("changes.attributes.rev.after", 2)))).toBe(message);
    expect(outcome(read(change(deleteWith("data.attributes.rev", 1), "changes.attributes.rev.after", 2)))).toBe(
      message,
    );
  });

  it.each([
    ["an update", change(updateWith("changes", null), "data.attributes.rev", undefined)],
    ["an update with a null", change(updateWith("changes", null), "data.attributes.rev", null)],
    ["a create", createWith("data.attributes", undefined)],
  ])("must be in %s", (_, document) => {
    expect(outcome(read(document))).toBe("MISSING_FIELD at data.attributes.rev: expected a safe integer");
  });
});

describe("a create", () => {
  it("changes the queue and status to those of its snapshot", () => {
    expect(eventOf(conversationCreate)).toEqual({
      source: "kustomer",
      tenant: TENANT,
      conversationId: CONVERSATION,
      eventId: "event-1",
      revision: 1,
      orderedAt: null,
      queueChange: { target: { type: "QUEUE", id: Q1 } },
      lifecycleChange: "OPEN",
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: false,
      client: "api",
      occurredAt: Date.UTC(2022, 2, 1, 20, 7, 33, 443),
      traceId: null,
      snapshotTarget: { type: "QUEUE", id: Q1 },
      preconditionRevision: null,
    });
  });

  it.each([[undefined], [null], [{}], [{ data: null }]])("with the queue %j decides no target", (queue) => {
    expect(eventOf(createWith("data.relationships.queue", queue)).queueChange).toBeNull();
  });

  it.each([
    ["snoozed", "SNOOZED"],
    ["done", "CLOSED"],
    ["unheard of", null],
    [null, null],
    [undefined, null],
  ])("in status %s has the lifecycle %s", (status, lifecycle) => {
    expect(eventOf(createWith("data.attributes.status", status)).lifecycleChange).toBe(lifecycle);
  });

  it("ignores the queue and status of its changes, whatever they are", () => {
    const changes = { attributes: { status: { after: 5 } }, relationships: { queue: { after: relation(Q2) } } };
    expect(eventOf(createWith("changes", changes))).toEqual(eventOf(conversationCreate));
    expect(eventOf(createWith("changes", { relationships: 5 }))).toEqual(eventOf(conversationCreate));
  });

  it("may be an echo", () => {
    expect(eventOf(createWith("isSync", true))).toMatchObject({ isSync: true, queueChange: { target: { id: Q1 } } });
  });
});

describe("a delete", () => {
  it("needs no revision and changes nothing else", () => {
    expect(eventOf(conversationDelete)).toMatchObject({
      eventId: "event-61",
      revision: null,
      isDeletion: true,
      queueChange: null,
      lifecycleChange: null,
      snapshotTarget: null,
      persisted: true,
    });
  });

  it("keeps a revision that it has", () => {
    expect(eventOf(deleteWith("data.attributes.rev", 61)).revision).toBe(61);
    expect(eventOf(deleteWith("changes.attributes.rev.after", 62)).revision).toBe(62);
  });

  it("takes neither its snapshot nor its changes for a decision", () => {
    const document = change(deleteWith("data.relationships.queue", relation(Q1)), "changes.relationships.queue", {});
    expect(eventOf(change(document, "changes.attributes.status.after", "done"))).toMatchObject({
      isDeletion: true,
      queueChange: null,
      lifecycleChange: null,
      snapshotTarget: { id: Q1 },
    });
  });

  it("may be one that was not persisted", () => {
    expect(eventOf(deleteWith("persist", false))).toMatchObject({ isDeletion: true, persisted: false });
  });
});

describe("the tenant", () => {
  it.each([[undefined], [null]])("is the configured one when org is %s", (org) => {
    expect(conversationIn(read(updateWith("org", org), { tenant: "configured" })).tenant).toBe("configured");
  });

  it("is org, whatever is configured", () => {
    expect(conversationIn(read(conversationUpdate, { tenant: "configured" })).tenant).toBe(TENANT);
  });

  it.each([[undefined], [null]])("is missing when org is %s and none is configured", (org) => {
    const message = "MISSING_TENANT at org: the document names no organization: give its id with --tenant";
    expect(outcome(read(updateWith("org", org)))).toBe(message);
  });

  it("is refused when the configured one cannot be part of a key", () => {
    const message =
      "BAD_VALUE at org: the configured tenant (--tenant): expected no colon: it separates the parts of the key";
    expect(outcome(read(updateWith("org", undefined), { tenant: "a:b" }))).toBe(message);
  });
});

const STRING = "expected a string";
const OBJECT = "expected an object";
const BOOLEAN = "expected a boolean";
const INTEGER = "expected a safe integer";
const RANGE = `expected a safe integer from 0 to ${MAX_NUMBER}`;
const TIME = "expected a time from 1970 on: ISO 8601 with an offset, or epoch milliseconds";
const QUEUE_TYPE = 'expected "queue"';

describe("an update is refused", () => {
  it.each<[string, Json | undefined, string, string]>([
    ["id", undefined, "MISSING_FIELD", STRING],
    ["id", null, "MISSING_FIELD", STRING],
    ["id", 5, "BAD_TYPE", STRING],
    ["id", {}, "BAD_TYPE", STRING],
    ["org", 5, "BAD_TYPE", STRING],
    ["data", undefined, "MISSING_FIELD", OBJECT],
    ["data", null, "MISSING_FIELD", OBJECT],
    ["data", [], "BAD_TYPE", OBJECT],
    ["data.id", undefined, "MISSING_FIELD", STRING],
    ["data.id", 5, "BAD_TYPE", STRING],
    ["data.attributes", "x", "BAD_TYPE", OBJECT],
    ["data.attributes.rev", "60", "BAD_TYPE", INTEGER],
    ["data.attributes.rev", 1.5, "BAD_TYPE", INTEGER],
    ["data.attributes.rev", true, "BAD_TYPE", INTEGER],
    ["data.attributes.rev", [], "BAD_TYPE", INTEGER],
    ["data.attributes.rev", -1, "BAD_TYPE", RANGE],
    ["data.attributes.rev", MAX_NUMBER + 1, "BAD_TYPE", RANGE],
    ["data.attributes.rev", 1e300, "BAD_TYPE", RANGE],
    ["data.relationships", [], "BAD_TYPE", OBJECT],
    ["data.relationships.queue", "x", "BAD_TYPE", OBJECT],
    ["data.relationships.queue.data", [], "BAD_TYPE", OBJECT],
    ["data.relationships.queue.data.type", "team", "BAD_VALUE", QUEUE_TYPE],
    ["data.relationships.queue.data.id", "", "BAD_VALUE", "expected a non-empty string"],
    ["changes", 1, "BAD_TYPE", OBJECT],
    ["changes.attributes", 1, "BAD_TYPE", OBJECT],
    ["changes.attributes.rev", 60, "BAD_TYPE", OBJECT],
    ["changes.attributes.rev.after", "60", "BAD_TYPE", INTEGER],
    ["changes.attributes.rev.after", -1, "BAD_TYPE", RANGE],
    ["changes.attributes.status", "open", "BAD_TYPE", OBJECT],
    ["changes.attributes.status.after", 1, "BAD_TYPE", STRING],
    ["changes.relationships", [], "BAD_TYPE", OBJECT],
    ["changes.relationships.queue", "x", "BAD_TYPE", OBJECT],
    ["changes.relationships.queue.after", "x", "BAD_TYPE", OBJECT],
    ["changes.relationships.queue.after.data", "x", "BAD_TYPE", OBJECT],
    ["changes.relationships.queue.after.data.type", undefined, "MISSING_FIELD", QUEUE_TYPE],
    ["changes.relationships.queue.after.data.type", 5, "BAD_TYPE", QUEUE_TYPE],
    ["changes.relationships.queue.after.data.type", "team", "BAD_VALUE", QUEUE_TYPE],
    ["changes.relationships.queue.after.data.id", undefined, "MISSING_FIELD", STRING],
    ["changes.relationships.queue.after.data.id", 5, "BAD_TYPE", STRING],
    ["client", 5, "BAD_TYPE", STRING],
    ["client", "", "BAD_VALUE", "expected a non-empty string"],
    ["isSync", "true", "BAD_TYPE", BOOLEAN],
    ["isSync", 1, "BAD_TYPE", BOOLEAN],
    ["persist", "false", "BAD_TYPE", BOOLEAN],
    ["createdAt", "yesterday", "BAD_VALUE", TIME],
    ["createdAt", "", "BAD_VALUE", TIME],
    ["createdAt", "2022-03-01", "BAD_VALUE", TIME],
    ["createdAt", "2022-03-01T20:14:36", "BAD_VALUE", TIME],
    ["createdAt", "2022-02-30T20:14:36Z", "BAD_VALUE", TIME],
    ["createdAt", "2022-03-01T24:00:00Z", "BAD_VALUE", TIME],
    ["createdAt", "2022-03-01T20:14:36+25:00", "BAD_VALUE", TIME],
    ["createdAt", "1969-12-31T23:59:59.999Z", "BAD_VALUE", TIME],
    ["createdAt", "1646165676211", "BAD_VALUE", TIME],
    ["createdAt", true, "BAD_TYPE", TIME],
    ["createdAt", {}, "BAD_TYPE", TIME],
    ["createdAt", 1.5, "BAD_TYPE", INTEGER],
    ["createdAt", -1, "BAD_TYPE", RANGE],
    ["createdAt", MAX_NUMBER + 1, "BAD_TYPE", RANGE],
  ])("when %s is %j", (path, value, code, message) => {
    expect(outcome(read(updateWith(path, value)))).toBe(`${code} at ${path}: ${message}`);
  });

  it("when its revision is larger than any number", () => {
    const text = JSON.stringify(conversationUpdate).replace('"rev":60', '"rev":1e400');
    expect(outcome(readText(text))).toBe(`BAD_TYPE at data.attributes.rev: ${RANGE}`);
  });

  it("with the first field that is wrong, the same each time", () => {
    const document = change(change(updateWith("persist", 5), "client", 5), "data.attributes.rev", -1);
    expect(outcome(read(document))).toBe("BAD_TYPE at client: expected a string");
    const reordered = { data: (document as { data: Json }).data, ...(document as object) };
    expect(outcome(read(reordered as Json))).toBe("BAD_TYPE at client: expected a string");
  });
});

describe("a create and a delete are refused", () => {
  it.each<[string, Json | undefined, string, string]>([
    ["data.attributes.status", 5, "BAD_TYPE", STRING],
    ["data.attributes.rev", "1", "BAD_TYPE", INTEGER],
    ["data.relationships.queue.data", { type: "user", id: "u" }, "BAD_VALUE", QUEUE_TYPE],
  ])("a create when %s is %j", (path, value, code, message) => {
    const at = code === "BAD_VALUE" ? `${path}.type` : path;
    expect(outcome(read(createWith(path, value)))).toBe(`${code} at ${at}: ${message}`);
  });

  it.each<[string, Json | undefined, string, string]>([
    ["data.id", undefined, "MISSING_FIELD", STRING],
    ["data.attributes.rev", "1", "BAD_TYPE", INTEGER],
    ["id", 1, "BAD_TYPE", STRING],
  ])("a delete when %s is %j", (path, value, code, message) => {
    expect(outcome(read(deleteWith(path, value)))).toBe(`${code} at ${path}: ${message}`);
  });

  it("without a tenant", () => {
    expect(outcome(read(createWith("org", undefined)))).toMatch(/^MISSING_TENANT at org: /);
    expect(outcome(read(deleteWith("org", undefined)))).toMatch(/^MISSING_TENANT at org: /);
  });
});

describe("an id", () => {
  const CONTROL = "expected no control characters";
  const UNICODE = "expected well-formed Unicode";
  const refused = [
    ["", "expected a non-empty string"],
    ["x".repeat(513), "expected at most 512 characters"],
    ["😀".repeat(257), "expected at most 512 characters"],
    ["a\u0000b", CONTROL],
    ["\n", CONTROL],
    ["a\u001f", CONTROL],
    ["\u007fé", CONTROL],
    ["\ud800", UNICODE],
    ["a\udc00b", UNICODE],
    ["\ude00\ud83d", UNICODE],
  ] as const;

  it.each(
    ["id", "org", "data.id", "client", "changes.relationships.queue.after.data.id"].flatMap((path) =>
      refused.map(([value, message]) => [path, value, message] as const),
    ),
  )("at %s is refused when it is %j", (path, value, message) => {
    expect(outcome(read(updateWith(path, value)))).toBe(`BAD_VALUE at ${path}: ${message}`);
  });

  it.each([
    ["x".repeat(512)],
    ["😀".repeat(256)],
    [" "],
    ["~"],
    ["é"],
    ["\u0080"],
    ["a:b"],
    ["whatsapp:+1"],
    ["\u{10ffff}"],
  ])("may be %j", (value) => {
    expect(eventOf(updateWith("data.id", value)).conversationId).toBe(value);
    expect(eventOf(updateWith("id", value)).eventId).toBe(value);
  });

  it("of a tenant holds no colon", () => {
    const message = "BAD_VALUE at org: expected no colon: it separates the parts of the key";
    expect(outcome(read(updateWith("org", "a:b")))).toBe(message);
  });
});

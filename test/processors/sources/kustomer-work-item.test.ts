/** Kustomer's work-item events: what they change, from which basis, and why some are refused. */
import { describe, expect, it } from "vitest";
import { patient } from "../../support/patience.js";
import {
  CONVERSATION,
  change,
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
  workItemCreate,
  workItemIn,
  workItemUpdate,
} from "./documents.js";

const QUEUE_CHANGE = "changes.relationships.queue";
const eventOf = (document: Json) => workItemIn(read(document));
const updateWith = (path: string, value: Json | undefined) => change(workItemUpdate, path, value);
const createWith = (path: string, value: Json | undefined) => change(workItemCreate, path, value);

describe("an update", () => {
  it("is read with everything that the contract asks for", () => {
    expect(eventOf(workItemUpdate)).toEqual({
      source: "kustomer",
      tenant: TENANT,
      conversationId: CONVERSATION,
      eventId: "work-3",
      workItemId: "work-item",
      workItemNumber: 1,
      revision: 3,
      basis: 53,
      resourceRevision: 11,
      queueChange: { target: { type: "QUEUE", id: Q1 } },
      completed: false,
      isSync: false,
      client: "routing-worker",
      occurredAt: Date.UTC(2022, 2, 1, 20, 14, 35, 193),
      traceId: null,
    });
  });

  it.each([
    ["changes", null],
    ["changes", undefined],
    ["changes.relationships", null],
    ["changes.relationships", undefined],
    [QUEUE_CHANGE, null],
    [QUEUE_CHANGE, undefined],
  ])("with %s: %s changes no queue, whatever its snapshot shows", (path, value) => {
    expect(eventOf(updateWith(path, value)).queueChange).toBeNull();
  });

  it.each([[undefined], [null], [{}], [{ data: null }]])(
    "whose queue is %j afterwards leaves it to nobody",
    (after) => {
      expect(eventOf(updateWith(`${QUEUE_CHANGE}.after`, after)).queueChange).toEqual({ target: null });
    },
  );

  it.each([
    ["completed", "queued", true],
    ["queued", "completed", false],
    [null, "completed", true],
    [undefined, "completed", true],
    [null, null, false],
    ["Completed", "queued", false],
  ])("to status %s, shown as %s, is completed: %s", (after, shown, completed) => {
    const document = change(updateWith("changes.attributes.status.after", after), "data.attributes.status", shown);
    expect(eventOf(document).completed).toBe(completed);
  });

  it.each([
    ["changes.attributes.status", null],
    ["changes.attributes", null],
    ["changes", undefined],
  ])("without a change of status (%s: %s) has the one that it shows", (path, value) => {
    expect(eventOf(change(updateWith(path, value), "data.attributes.status", "completed")).completed).toBe(true);
    expect(eventOf(updateWith(path, value)).completed).toBe(false);
  });

  it("keeps its queue change when the work is completed: what that means is for the rule", () => {
    const document = change(updateWith("changes.attributes.status.after", "completed"), `${QUEUE_CHANGE}.after`, null);
    expect(eventOf(document)).toMatchObject({ completed: true, queueChange: { target: null } });
  });

  it.each([
    ["isSync", true, "isSync", true],
    ["isSync", null, "isSync", false],
    ["isSync", undefined, "isSync", false],
    ["client", null, "client", null],
    ["client", undefined, "client", null],
    ["createdAt", null, "occurredAt", TIMESTAMP],
    ["createdAt", undefined, "occurredAt", TIMESTAMP],
    ["createdAt", 1646165676211, "occurredAt", 1646165676211],
    ["data.attributes.resourceRev", null, "resourceRevision", null],
    ["data.attributes.resourceRev", undefined, "resourceRevision", null],
    ["data.attributes.resourceRev", 0, "resourceRevision", 0],
    ["data.attributes.rev", MAX_NUMBER, "revision", MAX_NUMBER],
    ["data.attributes.workItemNumber", 0, "workItemNumber", 0],
    ["data.relationships.resource.data.type", undefined, "conversationId", CONVERSATION],
    ["data.relationships.resource.data.type", null, "conversationId", CONVERSATION],
    ["data.relationships.queue", 5, "revision", 3],
    ["persist", null, "completed", false],
  ] as const)("with %s: %j has %s: %j", (path, value, field, expected) => {
    expect(eventOf(updateWith(path, value))[field]).toBe(expected);
  });

  it("that was not persisted keeps its evidence and loses its changes", () => {
    const document = change(updateWith("persist", false), "changes.attributes.status.after", "completed");
    const event = eventOf(change(document, "isSync", true));
    expect(event).toEqual({ ...eventOf(workItemUpdate), queueChange: null, completed: false, isSync: true });
  });
});

describe("a create", () => {
  it("changes the queue to that of its snapshot", () => {
    expect(eventOf(workItemCreate)).toEqual({
      source: "kustomer",
      tenant: TENANT,
      conversationId: CONVERSATION,
      eventId: "work-1",
      workItemId: "work-item",
      workItemNumber: 1,
      revision: 1,
      basis: 11,
      resourceRevision: 11,
      queueChange: { target: { type: "QUEUE", id: Q2 } },
      completed: false,
      isSync: false,
      client: "routing-worker",
      occurredAt: Date.UTC(2022, 2, 1, 20, 7, 37, 299),
      traceId: null,
    });
  });

  it.each([[undefined], [null], [{}], [{ data: null }]])("with the queue %j decides no target", (queue) => {
    expect(eventOf(createWith("data.relationships.queue", queue)).queueChange).toBeNull();
  });

  it("ignores its changes, whatever they are", () => {
    const changes = {
      attributes: { status: { after: "completed" } },
      relationships: { queue: { after: relation(Q1) } },
    };
    expect(eventOf(createWith("changes", changes))).toEqual(eventOf(workItemCreate));
    expect(eventOf(createWith("changes", 5))).toEqual(eventOf(workItemCreate));
  });

  it.each([
    ["completed", true],
    ["queued", false],
    [null, false],
    [undefined, false],
  ])("in status %s is completed: %s", (status, completed) => {
    expect(eventOf(createWith("data.attributes.status", status)).completed).toBe(completed);
  });

  it("that was not persisted has no queue change", () => {
    const document = change(createWith("persist", false), "data.attributes.status", "completed");
    expect(eventOf(document)).toMatchObject({ queueChange: null, completed: false, basis: 11 });
  });
});

describe("the basis", () => {
  const conversationRev = (rev: Json) => ({ meta: { conversationRev: rev } });
  const resourceRev = (rev: Json) => ({ meta: { data: { rev: 90, resource: { rev } } } });

  it.each<[string, Json | undefined, number | null, number | null]>([
    ["no reasons", undefined, null, 11],
    ["reasons null", null, null, 11],
    ["empty reasons", [], null, 11],
    ["one conversation revision", [conversationRev(53)], 53, 53],
    ["several conversation revisions", [conversationRev(7), conversationRev(53), conversationRev(8)], 53, 53],
    ["a conversation revision of 0", [conversationRev(0)], 0, 0],
    ["a conversation revision of 0 beside a resource revision", [resourceRev(9), conversationRev(0)], 0, 0],
    ["a conversation revision of null", [conversationRev(null)], null, 11],
    ["one resource revision", [resourceRev(53)], 53, 53],
    ["a resource revision of 0", [resourceRev(0)], 0, 0],
    ["several resource revisions", [resourceRev(3), resourceRev(9), resourceRev(4)], 9, 9],
    ["both, the conversation revision being smaller", [resourceRev(99), conversationRev(53)], 53, 53],
    ["both in one reason", [{ meta: { conversationRev: 5, data: { resource: { rev: 6 } } } }], 5, 5],
    ["a null conversation revision and a resource revision", [conversationRev(null), resourceRev(9)], 9, 9],
    ["a resource revision of null", [resourceRev(null)], null, 11],
    [
      "meta, data and resource that are null or absent",
      [
        {},
        { meta: null },
        { meta: {} },
        { meta: { data: null } },
        { meta: { data: { resource: null } } },
        { meta: { data: { resource: {} } } },
      ],
      null,
      11,
    ],
  ])("with %s is %j -> %s on an update, %s on a create", (_, reasons, onUpdate, onCreate) => {
    expect(eventOf(updateWith("routingReasons", reasons)).basis).toBe(onUpdate);
    expect(eventOf(createWith("routingReasons", reasons)).basis).toBe(onCreate);
  });

  it.each([[null], [undefined]])("of a create is null when there are no reasons and resourceRev is %s", (value) => {
    expect(eventOf(createWith("data.attributes.resourceRev", value))).toMatchObject({
      basis: null,
      resourceRevision: null,
    });
  });

  it("is 0 when it is written as -0", () => {
    const text = JSON.stringify(workItemUpdate).replace('"conversationRev":53', '"conversationRev":-0');
    expect(Object.is(workItemIn(readText(text)).basis, 0)).toBe(true);
  });
});

describe("a work item of something else", () => {
  it.each([["customer"], [""], ["Conversation"]])("(%j) is ignored", (type) => {
    expect(read(updateWith("data.attributes.resourceType", type))).toEqual({
      kind: "ignored",
      source: "kustomer",
      event: "work-item",
    });
    expect(outcome(read(createWith("data.attributes.resourceType", type)))).toBe("ignored work-item");
  });

  it("is ignored whatever else it looks like", () => {
    const document = { name: "kustomer.work-item.update", data: { attributes: { resourceType: "company" } } };
    expect(outcome(read(document))).toBe("ignored work-item");
  });
});

const STRING = "expected a string";
const OBJECT = "expected an object";
const INTEGER = "expected a safe integer";
const RANGE = `expected a safe integer from 0 to ${MAX_NUMBER}`;

describe("an update is refused", () => {
  it.each<[string, Json | undefined, string, string]>([
    ["id", undefined, "MISSING_FIELD", STRING],
    ["org", 5, "BAD_TYPE", STRING],
    ["org", "a:b", "BAD_VALUE", "expected no colon: it separates the parts of the key"],
    ["data", undefined, "MISSING_FIELD", OBJECT],
    ["data", "x", "BAD_TYPE", OBJECT],
    ["data.id", undefined, "MISSING_FIELD", STRING],
    ["data.id", "", "BAD_VALUE", "expected a non-empty string"],
    ["data.attributes", undefined, "MISSING_FIELD", OBJECT],
    ["data.attributes.resourceType", undefined, "MISSING_FIELD", STRING],
    ["data.attributes.resourceType", null, "MISSING_FIELD", STRING],
    ["data.attributes.resourceType", 5, "BAD_TYPE", STRING],
    ["data.attributes.status", 5, "BAD_TYPE", STRING],
    ["data.attributes.rev", undefined, "MISSING_FIELD", INTEGER],
    ["data.attributes.rev", null, "MISSING_FIELD", INTEGER],
    ["data.attributes.rev", "3", "BAD_TYPE", INTEGER],
    ["data.attributes.rev", 0.5, "BAD_TYPE", INTEGER],
    ["data.attributes.rev", -1, "BAD_TYPE", RANGE],
    ["data.attributes.workItemNumber", undefined, "MISSING_FIELD", INTEGER],
    ["data.attributes.workItemNumber", "1", "BAD_TYPE", INTEGER],
    ["data.attributes.workItemNumber", MAX_NUMBER + 1, "BAD_TYPE", RANGE],
    ["data.attributes.resourceRev", "11", "BAD_TYPE", INTEGER],
    ["data.attributes.resourceRev", -11, "BAD_TYPE", RANGE],
    ["data.relationships", undefined, "MISSING_FIELD", OBJECT],
    ["data.relationships.resource", undefined, "MISSING_FIELD", OBJECT],
    ["data.relationships.resource.data", null, "MISSING_FIELD", OBJECT],
    ["data.relationships.resource.data.id", undefined, "MISSING_FIELD", STRING],
    ["data.relationships.resource.data.id", 5, "BAD_TYPE", STRING],
    ["data.relationships.resource.data.type", 5, "BAD_TYPE", STRING],
    [
      "data.relationships.resource.data.type",
      "customer",
      "CONFLICTING_VALUES",
      "differs from data.attributes.resourceType",
    ],
    ["changes", [], "BAD_TYPE", OBJECT],
    ["changes.attributes", 5, "BAD_TYPE", OBJECT],
    ["changes.attributes.status", 5, "BAD_TYPE", OBJECT],
    ["changes.attributes.status.after", 5, "BAD_TYPE", STRING],
    ["changes.relationships.queue", true, "BAD_TYPE", OBJECT],
    ["changes.relationships.queue.after.data.type", "user", "BAD_VALUE", 'expected "queue"'],
    ["isSync", "yes", "BAD_TYPE", "expected a boolean"],
    ["persist", 0, "BAD_TYPE", "expected a boolean"],
    ["client", {}, "BAD_TYPE", STRING],
    ["createdAt", "soon", "BAD_VALUE", "expected a time from 1970 on: ISO 8601 with an offset, or epoch milliseconds"],
    ["routingReasons", {}, "BAD_TYPE", "expected an array"],
    ["routingReasons", "x", "BAD_TYPE", "expected an array"],
    ["routingReasons[0]", 5, "BAD_TYPE", OBJECT],
    ["routingReasons[0]", null, "MISSING_FIELD", OBJECT],
    ["routingReasons[0].meta", [], "BAD_TYPE", OBJECT],
    ["routingReasons[0].meta.conversationRev", "53", "BAD_TYPE", INTEGER],
    ["routingReasons[0].meta.conversationRev", -1, "BAD_TYPE", RANGE],
    ["routingReasons[1].meta.data", "x", "BAD_TYPE", OBJECT],
    ["routingReasons[1].meta.data.resource", 5, "BAD_TYPE", OBJECT],
    ["routingReasons[1].meta.data.resource.rev", 1.5, "BAD_TYPE", INTEGER],
  ])("when %s is %j", (path, value, code, message) => {
    expect(outcome(read(updateWith(path, value)))).toBe(`${code} at ${path}: ${message}`);
  });

  it("without a tenant", () => {
    expect(outcome(read(updateWith("org", undefined)))).toMatch(/^MISSING_TENANT at org: /);
    expect(workItemIn(read(updateWith("org", undefined), { tenant: "configured" })).tenant).toBe("configured");
  });

  it("at once, however many routing reasons are wrong", () => {
    const reasons = Array.from({ length: 500_000 }, () => 1);
    const start = performance.now();
    expect(outcome(read(updateWith("routingReasons", reasons)))).toBe(`BAD_TYPE at routingReasons[0]: ${OBJECT}`);
    expect(performance.now() - start).toBeLessThan(patient(2_000));
  });
});

describe("a create is refused", () => {
  it.each<[string, Json | undefined, string, string]>([
    ["id", 5, "BAD_TYPE", STRING],
    ["data.attributes.rev", undefined, "MISSING_FIELD", INTEGER],
    ["data.attributes.workItemNumber", undefined, "MISSING_FIELD", INTEGER],
    ["data.attributes.resourceRev", 1.5, "BAD_TYPE", INTEGER],
    ["data.attributes.resourceType", undefined, "MISSING_FIELD", STRING],
    ["data.relationships.queue", "x", "BAD_TYPE", OBJECT],
    ["data.relationships.queue.data.type", "user", "BAD_VALUE", 'expected "queue"'],
    [
      "data.relationships.resource.data.type",
      "customer",
      "CONFLICTING_VALUES",
      "differs from data.attributes.resourceType",
    ],
    ["routingReasons", 1, "BAD_TYPE", "expected an array"],
  ])("when %s is %j", (path, value, code, message) => {
    expect(outcome(read(createWith(path, value)))).toBe(`${code} at ${path}: ${message}`);
  });
});

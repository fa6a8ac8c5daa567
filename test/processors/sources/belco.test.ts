/** Belco's events: the item decides, never the conversation beside it. */
import { describe, expect, it } from "vitest";
import {
  belcoAssigned,
  belcoLines,
  change,
  conversationIn,
  type Json,
  describe as outcome,
  readerOf,
} from "./documents.js";

const read = readerOf("belco");
const ITEM = "payload.conversation_item";
const eventOf = (document: Json) => conversationIn(read(document));
const assignedWith = (path: string, value: Json | undefined) => change(belcoAssigned, path, value);

describe("the bodies of the documentation", () => {
  it("give the events of one conversation", () => {
    const events = belcoLines.map((line) => eventOf(JSON.parse(line)));
    expect(
      events.map(({ eventId, orderedAt, queueChange, lifecycleChange, client }) => [
        eventId,
        orderedAt,
        queueChange,
        lifecycleChange,
        client,
      ]),
    ).toEqual([
      ["rxxtPXZng45rALFjE", 1749633305095, null, null, "customer"],
      ["bojadgRivFJxQTFHG", 1749633338426, null, null, "user"],
      ["RJ7AQkAayEaHJv8XA", 1749633392829, null, null, "user"],
      ["sJ2KnQqJZsEJ8pci5", 1749633440768, { target: { type: "USER", id: "hDPhQuae27KmsYREq" } }, null, "user"],
      ["4BJMTqPwP7MDJis6G", 1749633493409, null, "CLOSED", "user"],
      ["yL6nxp66yhYgQ7yfK", 1749633520431, null, "OPEN", "auto"],
    ]);
    const identities = events.map(({ source, tenant, conversationId }) => [source, tenant, conversationId]);
    expect(new Set(identities.map(String))).toEqual(new Set(["belco,G4ag3eGyiKibrGcM7,sSzxq7tMBFmCY28o8"]));
  });

  it("are read with everything that the contract asks for", () => {
    expect(eventOf(belcoAssigned)).toEqual({
      source: "belco",
      tenant: "shop",
      conversationId: "conversation",
      eventId: "item-1",
      revision: null,
      orderedAt: 1749633440768,
      queueChange: { target: { type: "USER", id: "user-2" } },
      lifecycleChange: null,
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: false,
      client: "user",
      occurredAt: 1749633440768,
      traceId: null,
      snapshotTarget: null,
      preconditionRevision: null,
    });
  });
});

describe("the item", () => {
  it.each([
    ["meta", undefined],
    ["meta", null],
    ["meta.assignedTo", undefined],
    ["meta.assignedTo", null],
  ])("assigns the conversation to nobody when %s is %s", (path, value) => {
    expect(eventOf(assignedWith(`${ITEM}.${path}`, value)).queueChange).toEqual({ target: null });
  });

  it.each([
    ["close", "CLOSED"],
    ["open", "OPEN"],
    ["message", null],
    ["note", null],
  ])("of type %s changes the lifecycle to %s, whatever the event's name and snapshot say", (type, lifecycle) => {
    const document = change(assignedWith(`${ITEM}.type`, type), "eventName", "conversation.anything");
    expect(eventOf(document)).toMatchObject({ queueChange: null, lifecycleChange: lifecycle });
  });

  it.each([["close"], ["open"], ["message"], ["note"]])("of type %s may have any meta", (type) => {
    expect(read(change(assignedWith(`${ITEM}.type`, type), `${ITEM}.meta`, 5)).kind).toBe("conversation");
  });

  it.each([["tag"], ["rating"], ["Assignment"], ["toString"], [""]])("of type %j is not supported", (type) => {
    expect(outcome(read(assignedWith(`${ITEM}.type`, type)))).toBe(
      `UNSUPPORTED_EVENT at ${ITEM}.type: the meaning of this item is not known; known are assignment, close, open, message, note`,
    );
  });

  it("of an unknown type is unsupported before anything else in it is looked at", () => {
    const document = { eventName: "conversation.tagged", payload: { conversation_item: { type: "tag" } } };
    expect(outcome(read(document))).toMatch(/^UNSUPPORTED_EVENT at payload.conversation_item.type: /);
  });

  it.each([
    [`${ITEM}.createdAt`, 1749633440768, "orderedAt", 1749633440768],
    [`${ITEM}.createdAt`, "2025-06-11T11:17:20.768+02:00", "orderedAt", 1749633440768],
    [`${ITEM}.reference`, undefined, "client", null],
    [`${ITEM}.reference`, null, "client", null],
    [`${ITEM}.reference.type`, null, "client", null],
    [`${ITEM}.shopId`, undefined, "tenant", "shop"],
    [`${ITEM}.shopId`, null, "tenant", "shop"],
    [`${ITEM}.conversationId`, undefined, "conversationId", "conversation"],
    [`${ITEM}.conversationId`, null, "conversationId", "conversation"],
    ["payload.conversation", undefined, "conversationId", "conversation"],
    ["payload.conversation", null, "conversationId", "conversation"],
    ["payload.conversation._id", undefined, "conversationId", "conversation"],
    ["date", undefined, "occurredAt", 1749633440768],
  ] as const)("with %s: %j has %s: %j", (path, value, field, expected) => {
    expect(eventOf(assignedWith(path, value))[field]).toBe(expected);
  });
});

const STRING = "expected a string";
const OBJECT = "expected an object";
const TIME = "expected a time from 1970 on: ISO 8601 with an offset, or epoch milliseconds";

describe("a body is refused", () => {
  it.each<[string, Json | undefined, string, string]>([
    ["eventName", undefined, "MISSING_FIELD", STRING],
    ["eventName", 5, "BAD_TYPE", STRING],
    ["eventName", "order.created", "UNSUPPORTED_EVENT", "expected a name that begins with conversation."],
    ["eventName", "conversation", "UNSUPPORTED_EVENT", "expected a name that begins with conversation."],
    ["requestId", undefined, "MISSING_FIELD", STRING],
    ["requestId", 5, "BAD_TYPE", STRING],
    ["payload", undefined, "MISSING_FIELD", OBJECT],
    ["payload", [], "BAD_TYPE", OBJECT],
    ["payload.shopId", undefined, "MISSING_FIELD", STRING],
    ["payload.shopId", "a:b", "BAD_VALUE", "expected no colon: it separates the parts of the key"],
    ["payload.conversation", 5, "BAD_TYPE", OBJECT],
    ["payload.conversation._id", 5, "BAD_TYPE", STRING],
    [ITEM, undefined, "MISSING_FIELD", OBJECT],
    [ITEM, "x", "BAD_TYPE", OBJECT],
    [`${ITEM}.type`, undefined, "MISSING_FIELD", STRING],
    [`${ITEM}.type`, 5, "BAD_TYPE", STRING],
    [`${ITEM}._id`, undefined, "MISSING_FIELD", STRING],
    [`${ITEM}._id`, "", "BAD_VALUE", "expected a non-empty string"],
    [`${ITEM}.createdAt`, undefined, "MISSING_FIELD", TIME],
    [`${ITEM}.createdAt`, null, "MISSING_FIELD", TIME],
    [`${ITEM}.createdAt`, "soon", "BAD_VALUE", TIME],
    [`${ITEM}.createdAt`, 1.5, "BAD_TYPE", "expected a safe integer"],
    [`${ITEM}.createdAt`, "1960-01-01T00:00:00Z", "BAD_VALUE", TIME],
    [`${ITEM}.shopId`, 5, "BAD_TYPE", STRING],
    [`${ITEM}.shopId`, "other", "CONFLICTING_VALUES", "differs from payload.shopId"],
    [`${ITEM}.conversationId`, 5, "BAD_TYPE", STRING],
    [`${ITEM}.conversationId`, "other", "CONFLICTING_VALUES", "differs from payload.conversation._id"],
    [`${ITEM}.reference`, "user", "BAD_TYPE", OBJECT],
    [`${ITEM}.reference.type`, 5, "BAD_TYPE", STRING],
    [`${ITEM}.meta`, "x", "BAD_TYPE", OBJECT],
    [`${ITEM}.meta.assignedTo`, 5, "BAD_TYPE", STRING],
    [`${ITEM}.meta.assignedTo`, "", "BAD_VALUE", "expected a non-empty string"],
  ])("when %s is %j", (path, value, code, message) => {
    expect(outcome(read(assignedWith(path, value)))).toBe(`${code} at ${path}: ${message}`);
  });

  it("of any item type", () => {
    const document = change(assignedWith(`${ITEM}.type`, "note"), `${ITEM}._id`, 5);
    expect(outcome(read(document))).toBe(`BAD_TYPE at ${ITEM}._id: ${STRING}`);
  });

  it("when neither the item nor the conversation names the conversation", () => {
    const document = change(assignedWith("payload.conversation", undefined), `${ITEM}.conversationId`, undefined);
    expect(outcome(read(document))).toBe(`MISSING_FIELD at ${ITEM}.conversationId: ${STRING}`);
  });
});

/** Rasayel's events: which of its times orders them, and why some are refused. */
import { describe, expect, it } from "vitest";
import {
  change,
  conversationIn,
  type Json,
  describe as outcome,
  rasayelBody,
  rasayelClosed,
  readerOf,
  TIMESTAMP,
} from "./documents.js";

const read = readerOf("rasayel");
const eventOf = (document: Json) => conversationIn(read(document));
const closedWith = (path: string, value: Json | undefined) => change(rasayelClosed, path, value);
const MAX_SECONDS = 9_007_199_254_740;

describe("a life-cycle event", () => {
  it("of the documentation is read, ordered by the time of the closing", () => {
    expect(eventOf(JSON.parse(rasayelBody))).toEqual({
      source: "rasayel",
      tenant: "1",
      conversationId: "1",
      eventId: "30837b84-b007-46dd-943a-092513f69cd8",
      revision: null,
      orderedAt: 1652783952000,
      queueChange: null,
      lifecycleChange: "CLOSED",
      isSync: false,
      isDeletion: false,
      persisted: true,
      isAudit: false,
      client: null,
      occurredAt: 1652783952000,
      traceId: null,
      snapshotTarget: null,
      preconditionRevision: null,
    });
  });

  it.each([
    ["conversation.created", "OPEN", "createdAt", "OPEN"],
    ["conversation.opened", "OPEN", "openedAt", "OPEN"],
    ["conversation.snoozed", "SNOOZED", "snoozedAt", "SNOOZED"],
    ["conversation.closed", "CLOSED", "closedAt", "CLOSED"],
  ])("%s with state %s is ordered by %s", (event, state, field, lifecycle) => {
    const others = { createdAt: 1, openedAt: 2, snoozedAt: 3, closedAt: 4 };
    const document = { ...rasayelClosed, event, data: { id: 7, state, ...others, [field]: 1652783952 } };
    expect(eventOf(document)).toMatchObject({
      lifecycleChange: lifecycle,
      orderedAt: 1652783952000,
      occurredAt: 1652783952000,
      conversationId: "7",
    });
    expect(outcome(read({ ...document, data: { id: 7, state, ...others, [field]: null } }))).toBe(
      `MISSING_FIELD at data.${field}: expected a safe integer`,
    );
  });

  it("does not look at the times of the other events", () => {
    expect(eventOf(closedWith("data.openedAt", "soon")).orderedAt).toBe(1652783952000);
  });

  it.each([
    [0, 0],
    [MAX_SECONDS, MAX_SECONDS * 1000],
  ])("may happen at second %d", (seconds, ms) => {
    expect(eventOf(closedWith("data.closedAt", seconds)).orderedAt).toBe(ms);
  });

  it.each([
    ["account", 0, "tenant", "0"],
    ["account", "acme", "tenant", "acme"],
    ["account", 9007199254740989, "tenant", "9007199254740989"],
    ["data.id", "c-1", "conversationId", "c-1"],
    ["data.id", "a:b", "conversationId", "a:b"],
  ] as const)("with %s: %j has %s: %j", (path, value, field, expected) => {
    expect(eventOf(closedWith(path, value))[field]).toBe(expected);
  });

  it("with the id -0 is about conversation 0", () => {
    const text = JSON.stringify(rasayelClosed).replace('"id":7', '"id":-0');
    expect(eventOf(JSON.parse(text)).conversationId).toBe("0");
  });

  it("never takes the time of the record for its own", () => {
    expect(eventOf(rasayelClosed).occurredAt).not.toBe(TIMESTAMP);
  });
});

const STRING = "expected a string";
const OBJECT = "expected an object";
const INTEGER = "expected a safe integer";
const RANGE = "expected a safe integer from 0 to 9007199254740989";
const STATES = 'expected "OPEN" or "SNOOZED" or "CLOSED"';
const EITHER = "expected a string or an integer";

describe("a life-cycle event is refused", () => {
  it.each<[string, Json | undefined, string, string]>([
    ["event", undefined, "MISSING_FIELD", STRING],
    ["event", 5, "BAD_TYPE", STRING],
    ["id", undefined, "MISSING_FIELD", STRING],
    ["id", 5, "BAD_TYPE", STRING],
    ["id", "", "BAD_VALUE", "expected a non-empty string"],
    ["account", undefined, "MISSING_FIELD", EITHER],
    ["account", null, "MISSING_FIELD", EITHER],
    ["account", true, "BAD_TYPE", EITHER],
    ["account", 1.5, "BAD_TYPE", INTEGER],
    ["account", -1, "BAD_TYPE", RANGE],
    ["account", 9007199254740990, "BAD_TYPE", RANGE],
    ["account", "a:b", "BAD_VALUE", "expected no colon: it separates the parts of the key"],
    ["account", "", "BAD_VALUE", "expected a non-empty string"],
    ["data", undefined, "MISSING_FIELD", OBJECT],
    ["data", [], "BAD_TYPE", OBJECT],
    ["data.id", undefined, "MISSING_FIELD", EITHER],
    ["data.id", [], "BAD_TYPE", EITHER],
    ["data.id", "\n", "BAD_VALUE", "expected no control characters"],
    ["data.state", undefined, "MISSING_FIELD", STATES],
    ["data.state", null, "MISSING_FIELD", STATES],
    ["data.state", 5, "BAD_TYPE", STATES],
    ["data.state", "closed", "BAD_VALUE", STATES],
    ["data.state", "ARCHIVED", "BAD_VALUE", STATES],
    ["data.state", "DELETED", "BAD_VALUE", STATES],
    ["data.state", "OPEN", "CONFLICTING_VALUES", "expected CLOSED, as the event's name says"],
    ["data.state", "SNOOZED", "CONFLICTING_VALUES", "expected CLOSED, as the event's name says"],
    ["data.closedAt", undefined, "MISSING_FIELD", INTEGER],
    ["data.closedAt", null, "MISSING_FIELD", INTEGER],
    ["data.closedAt", "1652783952", "BAD_TYPE", INTEGER],
    ["data.closedAt", "2022-05-17T10:39:12Z", "BAD_TYPE", INTEGER],
    ["data.closedAt", 1652783952.5, "BAD_TYPE", INTEGER],
    ["data.closedAt", -1, "BAD_TYPE", RANGE],
    ["data.closedAt", MAX_SECONDS + 1, "BAD_TYPE", `expected a safe integer from 0 to ${MAX_SECONDS}`],
    ["data.closedAt", 1e300, "BAD_TYPE", RANGE],
  ])("when %s is %j", (path, value, code, message) => {
    expect(outcome(read(closedWith(path, value)))).toBe(`${code} at ${path}: ${message}`);
  });
});

describe("other events", () => {
  it.each([
    ["message.created", "message"],
    ["conversation.tag.added", "tag"],
    ["tag.created", "tag"],
    ["template.approved", "template"],
    ["message_template.updated", "template"],
    ["mention.created", "mention"],
    ["bot.started", "bot"],
    ["channel_user.updated", "channel_user"],
  ])("%s is ignored, under the label %s", (event, label) => {
    expect(read({ event })).toEqual({ kind: "ignored", source: "rasayel", event: label });
  });

  it.each([
    ["conversation.assigned"],
    ["conversation.tagged"],
    ["conversation.reopened"],
    ["conversation"],
    ["messages.created"],
    ["toString"],
    [""],
  ])("%j is not supported", (event) => {
    expect(outcome(read({ ...rasayelClosed, event }))).toBe(
      "UNSUPPORTED_EVENT at event: the meaning of this event is not known; known are " +
        "conversation.created, conversation.opened, conversation.snoozed, conversation.closed",
    );
  });
});

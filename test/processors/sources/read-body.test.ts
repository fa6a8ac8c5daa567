/** From bytes to a reading: the source is told or detected, and every reading of an event has a key. */
import { describe, expect, it } from "vitest";
import { belco } from "../../../processors/sources/belco.js";
import { keyOfReading } from "../../../processors/sources/index.js";
import { kustomer } from "../../../processors/sources/kustomer.js";
import { rasayel } from "../../../processors/sources/rasayel.js";
import { SOURCES } from "../../../schemas/types.js";
import {
  auditLine,
  belcoAssigned,
  belcoLines,
  CONVERSATION,
  conversationUpdate,
  envelope,
  type Json,
  kustomerLines,
  describe as outcome,
  rasayelBody,
  rasayelClosed,
  read,
  readText,
  TENANT,
  workItemUpdate,
} from "./documents.js";

const detect = (document: Json) => read(document, { source: null, tenant: TENANT });

describe("the source", () => {
  it("is named by each reader", () => {
    expect([kustomer, rasayel, belco].map((reader) => reader.source)).toEqual(SOURCES);
  });

  it.each([
    ["a Kustomer webhook", conversationUpdate, "kustomer"],
    ["a Kustomer envelope", envelope(workItemUpdate, "t"), "kustomer"],
    ["a Kustomer audit line", auditLine, "kustomer"],
    ["a Rasayel webhook", rasayelClosed, "rasayel"],
    ["a Belco webhook", belcoAssigned, "belco"],
  ])("of %s is told from its shape", (_, document, source) => {
    const reading = detect(document);
    if (reading.kind !== "conversation" && reading.kind !== "work-item") throw new Error(outcome(reading));
    expect(reading.event.source).toBe(source);
  });

  it.each<[string, Json, string]>([
    ["a Kustomer event of another kind", { name: "kustomer.user.login" }, "UNSUPPORTED_EVENT at name"],
    ["an envelope with nothing in it", { name: "event", body: null }, "MISSING_FIELD at body"],
    ["an audit line with nothing in it", { msg: "CONVERSATION_SYNC_AUDIT" }, "MISSING_FIELD at conversationId"],
    ["a Rasayel event of another kind", { event: "x", data: null }, "UNSUPPORTED_EVENT at event"],
    ["a Belco event of another kind", { eventName: "x", payload: null }, "UNSUPPORTED_EVENT at eventName"],
  ])("of %s is told although it is refused", (_, document, refusal) => {
    expect(outcome(detect(document))).toContain(refusal);
  });

  it.each<[Json]>([
    [{}],
    [{ name: "event" }],
    [{ name: "Kustomer" }],
    [{ name: 5 }],
    [{ msg: "other" }],
    [{ event: "conversation.closed" }],
    [{ event: {}, data: {} }],
    [{ eventName: "conversation.closed" }],
    [{ eventName: 5, payload: {} }],
  ])("of %j cannot be told", (document) => {
    const reading = detect(document);
    if (reading.kind !== "refused") throw new Error(outcome(reading));
    expect(reading.source).toBeNull();
    expect(reading.refusal).toMatchObject({ code: "UNKNOWN_SOURCE", path: "" });
    for (const hint of ["Kustomer", "envelope", "CONVERSATION_SYNC_AUDIT", "Rasayel", "Belco", "eventName"])
      expect(reading.refusal.message).toContain(hint);
  });

  it.each(SOURCES)("%s, once told, is not doubted", (source) => {
    const reading = read({ something: "else" }, { source });
    expect(reading).toMatchObject({ kind: "refused", source, refusal: { code: "MISSING_FIELD" } });
  });

  it.each([...SOURCES, null])("(%s) stands in the refusal of a body that is no JSON", (source) => {
    expect(readText("{", { source })).toMatchObject({ kind: "refused", source, refusal: { code: "INVALID_JSON" } });
  });
});

describe("the key", () => {
  it("of an event names source, tenant and conversation", () => {
    expect(keyOfReading(detect(conversationUpdate))).toBe(`kustomer:${TENANT}:${CONVERSATION}`);
    expect(keyOfReading(detect(workItemUpdate))).toBe(`kustomer:${TENANT}:${CONVERSATION}`);
    expect(keyOfReading(detect(rasayelClosed))).toBe("rasayel:1:7");
    expect(keyOfReading(detect(belcoAssigned))).toBe("belco:shop:conversation");
  });

  it("is the same for every line of a fixture", () => {
    const keys = (lines: readonly string[]) => new Set(lines.map((line) => keyOfReading(detect(JSON.parse(line)))));
    expect(keys(kustomerLines)).toEqual(new Set([`kustomer:${TENANT}:${CONVERSATION}`]));
    expect(keys(belcoLines)).toEqual(new Set(["belco:G4ag3eGyiKibrGcM7:sSzxq7tMBFmCY28o8"]));
    expect(keys([rasayelBody])).toEqual(new Set(["rasayel:1:1"]));
  });

  it("of what is ignored or refused is null", () => {
    expect(keyOfReading(detect({ name: "kustomer.note.create" }))).toBeNull();
    expect(keyOfReading(detect({}))).toBeNull();
  });
});

describe("the incident", () => {
  const Q1 = "5d9fbc698d1a94001a7b9950";
  const Q2 = "5fa2a5a910e1be0019cda332";

  it("is read as the decision rule tells it", () => {
    const seen = kustomerLines.map((line) => {
      const reading = detect(JSON.parse(line));
      if (reading.kind === "refused" || reading.kind === "ignored") throw new Error(outcome(reading));
      const { event } = reading;
      const what = reading.kind === "work-item" ? `W${event.revision}` : `C${event.revision}`;
      const basis = reading.kind === "work-item" ? reading.event.basis : null;
      const target = event.queueChange === null ? "none" : (event.queueChange.target?.id ?? "nobody");
      return [what, basis, target, event.isSync, event.client];
    });
    expect(seen).toEqual([
      ["W1", 11, Q2, false, "routing-worker"],
      ["C52", null, "none", false, "workflow"],
      ["C53", null, "nobody", false, "api"],
      ["W2", 53, "nobody", true, "routing-worker"],
      ["C54", null, Q1, false, "routing-worker"],
      ["W3", 53, Q1, false, "routing-worker"],
      ["C55", null, "none", false, "workflow"],
      ["C56", null, "none", false, "workflow"],
      ["C57", null, "none", false, "drafts"],
      ["C58", null, Q2, false, "workflow"],
      ["C59", null, "none", false, "workflow"],
      ["C60", null, Q1, true, "routing-worker"],
      ["Cnull", null, "none", false, "routing-worker"],
    ]);
  });

  it("holds one event that was not persisted", () => {
    const readings = kustomerLines.map((line) => detect(JSON.parse(line)));
    const unpersisted = readings.filter((reading) => reading.kind === "conversation" && !reading.event.persisted);
    expect(unpersisted.map(keyOfReading)).toHaveLength(1);
  });
});

/** What a delivery is named by, in each source's words. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readDelivery } from "../../../processors/index.js";
import { BELCO, INCIDENT, RASAYEL } from "../../support/fixtures.js";

const OPTIONS = { tenant: null, timestamp: 1_700_000_000_000 };
const utf8 = (document: unknown) => new TextEncoder().encode(JSON.stringify(document));
const firstOf = (file: string) => readFileSync(file, "utf8").split("\n")[0] ?? "";

describe("a delivery", () => {
  it("of Kustomer has the event's id, with and without the log's envelope", () => {
    const envelope = JSON.parse(firstOf(INCIDENT));
    const { id } = envelope.body;
    expect(readDelivery(utf8(envelope), "kustomer", OPTIONS)).toMatchObject({
      deliveryId: id,
      reading: { kind: "work-item" },
    });
    const { body: event } = envelope.body;
    expect(readDelivery(utf8(event), "kustomer", OPTIONS).deliveryId).toBe(event.id);
  });

  it("of Rasayel has its id, of Belco the id of the request", () => {
    const rasayel = JSON.parse(readFileSync(RASAYEL, "utf8"));
    expect(readDelivery(utf8(rasayel), "rasayel", OPTIONS).deliveryId).toBe(rasayel.id);
    const belco = JSON.parse(firstOf(BELCO));
    expect(readDelivery(utf8(belco), "belco", OPTIONS).deliveryId).toBe(belco.requestId);
  });

  it("keeps its name when the event itself is refused", () => {
    expect(readDelivery(utf8({ requestId: "r1", eventName: "x" }), "belco", OPTIONS)).toMatchObject({
      deliveryId: "r1",
      reading: { kind: "refused" },
    });
  });

  it.each([
    ["no id", {}],
    ["an empty id", { id: "" }],
    ["an id with control characters", { id: "a\u0007b" }],
    ["an id that is far too long", { id: "x".repeat(513) }],
    ["an object for an id", { id: {} }],
  ])("with %s has no name", (_, document) => {
    expect(readDelivery(utf8(document), "rasayel", OPTIONS).deliveryId).toBeNull();
  });

  it("takes a number for a name", () => {
    expect(readDelivery(utf8({ id: 7 }), "rasayel", OPTIONS).deliveryId).toBe("7");
  });

  it("that nobody can read has no name, and is refused", () => {
    expect(readDelivery(new TextEncoder().encode("{"), "kustomer", OPTIONS)).toMatchObject({
      deliveryId: null,
      reading: { kind: "refused", refusal: { code: "INVALID_JSON" } },
    });
  });
});

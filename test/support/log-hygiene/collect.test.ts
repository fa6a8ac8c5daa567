/** The look through the log lines finds what must not be there, and takes nothing else for it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { INCIDENT_KEY } from "../program.js";
import { collected, lookAt, lookAtLine } from "./collect.js";
import { leaksIn, markers, PLANTED_SECRET } from "./markers.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "leaks-test-"));
  vi.stubEnv("QUEUE_RATCHET_TEST_LEAKS", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it.each([
  ["a message's text", "(redacted text)"],
  ["a preview", "(redacted preview)"],
  ["a name", "First Last"],
  ["a phone number", "whatsapp:+10000000001"],
  ["a conversation", INCIDENT_KEY],
  ["a Belco item", "yL6nxp66yhYgQ7yfK"],
  ["a delivery", "30837b84-b007-46dd-943a-092513f69cd8"],
  ["a secret", PLANTED_SECRET],
])("finds %s in a log line", (_, leak) => {
  lookAtLine(JSON.stringify({ level: 30, msg: `something with ${leak} in it` }), "a test");
  const { leaks, looked } = collected(folder);
  expect(looked).toBe(1);
  expect(leaks).toHaveLength(1);
  expect(leaks[0]).toContain("a test: ");
});

it("takes nothing else for a leak", () => {
  lookAtLine(
    JSON.stringify({ level: 30, msg: "ready", http: "127.0.0.1:1", event: "kustomer.conversation.update" }),
    "",
  );
  expect(collected(folder)).toEqual({ leaks: [], looked: 1 });
});

it("leaves alone what is no log: the timeline of the demo names events", () => {
  lookAtLine(`Queue of ${INCIDENT_KEY}`, "");
  lookAtLine(`{ ${INCIDENT_KEY}`, "");
  lookAtLine(JSON.stringify({ key: INCIDENT_KEY }), "");
  expect(collected(folder)).toEqual({ leaks: [], looked: 0 });
});

it("looks at whole pages, too", () => {
  lookAt(`queue_ratchet_events_total{conversation="${INCIDENT_KEY}"} 1`, "metrics");
  expect(collected(folder).leaks).toHaveLength(1);
});

it("knows many markers, none of them short", () => {
  expect(markers().length).toBeGreaterThan(50);
  expect(markers().every((marker) => marker.length >= 8)).toBe(true);
  expect(leaksIn("nothing")).toEqual([]);
});

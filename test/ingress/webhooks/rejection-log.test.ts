/** What the log says of rejected requests: enough to see an attack, and no more than a disk stands. */
import { beforeEach, expect, it } from "vitest";
import { type RejectedRequests, RejectionLog } from "../../../ingress/webhooks/rejection-log.js";

let nowMs = 0;
let said: RejectedRequests[] = [];
let log: RejectionLog;

beforeEach(() => {
  nowMs = 0;
  said = [];
  log = new RejectionLog(
    (rejected) => said.push(rejected),
    () => nowMs,
  );
});

it("says the first at once, and a flood every ten seconds, with how many there were", () => {
  for (; nowMs < 30_000; nowMs += 10) log.add("kustomer", "BAD_SIGNATURE", `10.0.0.${nowMs % 7}`);
  expect(said.map(({ count }) => count)).toEqual([1, 1_000, 1_000]);
  expect(said[1]).toEqual({ source: "kustomer", reason: "BAD_SIGNATURE", count: 1_000, lastFrom: "10.0.0.4" });
});

it("has a count for each source and reason: one flood does not hide another", () => {
  for (const source of ["kustomer", "belco"] as const)
    for (const reason of ["BAD_SIGNATURE", "BUSY"] as const) log.add(source, reason, "10.0.0.1");
  expect(said.map(({ source, reason, count }) => [source, reason, count])).toEqual([
    ["kustomer", "BAD_SIGNATURE", 1],
    ["kustomer", "BUSY", 1],
    ["belco", "BAD_SIGNATURE", 1],
    ["belco", "BUSY", 1],
  ]);
});

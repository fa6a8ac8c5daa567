/** Every source's real events as signed webhooks, through the built service on both engines: the assignments that they are known to make. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SCHEMES } from "../../../ingress/webhooks/index.js";
import { SOURCES, type Source } from "../../../schemas/index.js";
import { describeWithKafka } from "../../support/kafka/index.js";
import { BELCO, INCIDENT, INCIDENT_KEY, INCIDENT_TENANT, RASAYEL } from "../../support/program.js";
import { newApplication } from "../kafka/support/application.js";
import { caughtUp, embeddedFlags, newFolder, type Running, running, SECRET } from "./support/running.js";

const TENANT = ["--tenant", INCIDENT_TENANT];
const SEEN_WITHIN_MS = 30_000;

const lines = (file: string) => readFileSync(file, "utf8").split("\n").filter(Boolean);
/** In the order in which they happened. Of Kustomer's log lines, the event in the envelope; the audit line as it is. */
const BODIES: Readonly<Record<Source, readonly string[]>> = {
  kustomer: lines(INCIDENT).map((line) => {
    const { name, body } = JSON.parse(line);
    return name === "event" ? JSON.stringify(body.body) : line;
  }),
  belco: lines(BELCO),
  rasayel: [readFileSync(RASAYEL, "utf8")],
};

/** Fixtures' README, "Expected results". */
const EXPECTED = {
  [INCIDENT_KEY]: {
    sequence: 4,
    assignment: { type: "QUEUE", id: "5fa2a5a910e1be0019cda332" },
    lifecycle: "OPEN",
    record: { type: "QUEUE", id: "5d9fbc698d1a94001a7b9950" },
    diverged: true,
  },
  "belco:G4ag3eGyiKibrGcM7:sSzxq7tMBFmCY28o8": {
    sequence: 3,
    assignment: { type: "USER", id: "hDPhQuae27KmsYREq" },
    lifecycle: "OPEN",
  },
  "rasayel:1:1": { sequence: 1, assignment: null, lifecycle: "CLOSED" },
};

async function post({ http }: Running, source: Source, body: string): Promise<number> {
  const { header, sign } = SCHEMES[source];
  const headers = { "content-type": "application/json", [header]: sign(Buffer.from(body), SECRET) };
  return (await fetch(`${http}/webhooks/${source}`, { method: "POST", headers, body })).status;
}

async function expectAssignments(service: Running): Promise<void> {
  for (const source of SOURCES)
    for (const body of BODIES[source]) expect([source, await post(service, source, body)]).toEqual([source, 202]);
  await caughtUp(service);
  const untilMs = performance.now() + SEEN_WITHIN_MS;
  for (const [key, expected] of Object.entries(EXPECTED)) {
    const url = `${service.http}/api/assignments/${encodeURIComponent(key)}`;
    // On Kafka the end of the topics is looked up now and then: what has just come may not count in the lag yet.
    for (;;) {
      const assignment = (await (await fetch(url)).json()) as { readonly sequence?: number };
      if (assignment.sequence !== expected.sequence && performance.now() < untilMs) {
        await delay(50);
        continue;
      }
      expect(assignment).toMatchObject({ key, ...expected });
      break;
    }
  }
  const text = await (await fetch(`${service.metrics}/metrics`)).text();
  for (const source of SOURCES)
    expect(text).toContain(
      `queue_ratchet_webhook_requests_total{source="${source}",status="202"} ${BODIES[source].length}\n`,
    );
  service.service.kill("SIGTERM");
  expect(await service.service.ended, service.service.lines.join("\n")).toEqual({ code: 0, signal: null });
}

describe("signed webhooks of every source's fixtures", () => {
  it("come out as the assignments that they are known to make, on the embedded engine", async () => {
    await expectAssignments(await running([...embeddedFlags(await newFolder()), ...TENANT]));
  });
});

describeWithKafka("signed webhooks, with Kafka,", { kafka: "shared", registry: true }, (servers) => {
  it("come out as the same assignments", async () => {
    const application = newApplication(servers);
    await expectAssignments(await running([...application.flags(await application.folder()), ...TENANT]));
  });
});

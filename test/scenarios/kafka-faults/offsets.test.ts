/** Offsets and records are not where the tasks left them: set by a tool, deleted, expired. */
import { expect, it } from "vitest";
import { slowly } from "../../support/slow.js";
import { endsOf, expireRecords, forgetGroup, setOffset } from "./support/administration.js";
import { expectFails, expectStops, logged } from "./support/deployment.js";
import { HealthWatch } from "./support/health.js";
import { describeOnSharedServers, EVENTS } from "./support/test-bed.js";

/** What is left of each partition that expires. */
const LEFT = 5;

describeOnSharedServers("offsets and records that are elsewhere", (bed) => {
  it("set by a tool: it fails, names both places and what to do, and was never ready", async () => {
    const deployment = await bed.stopped();
    const { topics } = deployment;
    const group = `${deployment.application.applicationId}-ratchet`;
    await setOffset(bed.bootstrap, group, topics.conversation, { partition: 1, offset: 3 });
    const service = deployment.start();
    const text = await expectFails(service, /task ratchet-1: of .*conversation-events-1 its changelog says offset \d+/);
    expect(text).toMatch(/group .*-ratchet has committed offset 3: .*`queue-ratchet replay`.*`queue-ratchet reset`/);
    expect(logged(service, "ready")).toEqual([]);
  });

  it("deleted: the ratchet goes on from its changelog, normalise begins again and says so", async () => {
    const deployment = await bed.stopped();
    const { applicationId } = deployment.application;
    for (const subTopology of ["normalise", "ratchet"])
      await forgetGroup(bed.bootstrap, `${applicationId}-${subTopology}`);
    const service = await deployment.started();
    await deployment.atRest();
    await deployment.send(EVENTS);
    await deployment.atRest();
    await expectStops(service);
    const warned = service.lines.filter((line) => line.includes("has no offset for"));
    expect(warned).toHaveLength(deployment.application.partitions);
    for (const line of warned) expect(line).toMatch(/-normalise has no offset .*it begins with the first record/);
    await deployment.expectFinal();
  });

  slowly("expired while it was stopped: it fails and says how to go on; told to skip, it goes on", async () => {
    const deployment = await bed.stopped();
    await deployment.send(EVENTS);
    await expireAllBut(deployment.topics.raw);
    const failing = deployment.start();
    await expectFails(
      failing,
      /task normalise-\d stands at offset \d+ of .*raw-events-\d.* start with --expired-input skip/,
    );
    expect(logged(failing, "ready")).toEqual([]);
    const service = await deployment.started({ args: ["--expired-input", "skip"] });
    await deployment.atRest();
    expect(service.lines.some((line) => /records of .*raw-events-\d are left out/.test(line))).toBe(true);
    await expectStops(service);
  });

  slowly("expired while it runs: the same", async () => {
    const { deployment, service } = await bed.running();
    const { lines } = service;
    const health = await HealthWatch.of(service);
    service.kill("SIGSTOP");
    await deployment.send(EVENTS);
    await deployment.send(EVENTS);
    await expireAllBut(deployment.topics.raw);
    service.kill("SIGCONT");
    await expectFails(service, /the records before \d+ are gone .* start with --expired-input skip/);
    await health.becomes(null);
    expect(lines.some((line) => line.includes("what is not committed is dropped"))).toBe(true);
    await expectStops(await deployment.started({ args: ["--expired-input", "skip"] }));
  });

  async function expireAllBut(topic: string): Promise<void> {
    const ends = await endsOf(bed.bootstrap, topic);
    await expireRecords(
      bed.bootstrap,
      topic,
      ends.map((end) => end - LEFT),
    );
  }
});

/** The schema registry is away: at the start, and while the service runs. */
import { expect } from "vitest";
import { until } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { expectFails, expectStops, logged } from "./support/deployment.js";
import { Gate } from "./support/gate.js";
import { addressOf, HealthWatch } from "./support/health.js";
import { sendWithNewSchema } from "./support/new-schema.js";
import { describeOnSharedServers, EVENTS } from "./support/test-bed.js";

/** The local store comes after the commit. */
const SEEN_WITHIN_MS = 10_000;
const NEEDED = "the schema registry is needed and cannot be asked: this is tried again";

describeOnSharedServers("without the schema registry", (bed) => {
  slowly("the service does not start, and says where the registry should be", async () => {
    const deployment = await bed.deploy();
    const gate = await Gate.before(bed.servers.registry.url);
    await gate.shut();
    const message =
      /schema registry http:\/\/127\.0\.0\.1:\d+\/.*: cannot register the schema of subject .*ECONNREFUSED/;
    await expectFails(deployment.start({ registryUrl: gate.url }), message);
  });

  slowly("what has known schemas goes on; a record with a new one waits for it, and nothing is lost", async () => {
    const gate = await Gate.before(bed.servers.registry.url);
    try {
      const deployment = await bed.deploy();
      const service = await deployment.started({ registryUrl: gate.url });
      const health = await HealthWatch.of(service);
      await gate.shut();
      await deployment.send(EVENTS);
      await deployment.atRest();
      expect(logged(service, NEEDED)).toEqual([]);

      const key = await sendWithNewSchema(bed.servers, deployment);
      await service.said(NEEDED);
      await deployment.send(EVENTS);
      expect(health.readiness).toEqual([true]);

      await gate.open();
      await deployment.atRest();
      const address = await addressOf(service);
      expect(await until(async () => (await statusOf(address, key)) === 200, SEEN_WITHIN_MS)).toBe(true);
      await expectStops(service);
      await deployment.expectRight(["data"], /^I1 .*conversation-events:.* there is no raw event that it came of/);
    } finally {
      await gate.shut();
    }
  });
});

async function statusOf(address: string, key: string): Promise<number> {
  const { status } = await fetch(`${address}/api/assignments/${encodeURIComponent(key)}`);
  return status;
}

/** The only broker goes away, for a moment, for long, and while the service is to stop. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWithKafka, type Kafka } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { Reader } from "../../support/verifier/index.js";
import { expectFails, expectStops, logged } from "./support/deployment.js";
import { HealthWatch } from "./support/health.js";
import { bedOf, EVENTS } from "./support/test-bed.js";

const AWAY_MS = 20_000;
/** Longer than the session: it is no member any more. */
const EXPELLED_AFTER_MS = 5_000;
const MANY_EVENTS = 2_000;

describeWithKafka("a broker that goes away", { kafka: "own", registry: true, isLong: true }, (servers) => {
  let kafka: Kafka;
  let reader: Reader;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1 });
    reader = await Reader.start(kafka.bootstrap, servers.registry.url);
  });
  afterAll(() => reader.close());
  const bed = bedOf(
    servers,
    () => kafka.bootstrap,
    () => reader,
  );

  it("killed and restarted under load: the service goes on", async () => {
    const { deployment, service } = await bed.running();
    const health = await HealthWatch.of(service);
    await deployment.send(EVENTS);
    await kafka.broker(1).restart();
    await deployment.send(EVENTS);
    await deployment.atRest();
    await health.becomes(true);
    expect(health.changes.every(({ lives }) => lives !== false)).toBe(true);
    await deployment.expectGoesOn(service);
  });

  slowly(`away for ${AWAY_MS / 1_000} s: not ready meanwhile, then it goes on`, async () => {
    const { deployment, service } = await bed.running();
    const health = await HealthWatch.of(service);
    await kafka.broker(1).kill();
    const beganMs = performance.now();
    await health.becomes(false, AWAY_MS / 2);
    await delay(AWAY_MS - (performance.now() - beganMs));
    expect(health.now).toMatchObject({ lives: true, ready: false });
    await kafka.broker(1).restart();
    await deployment.send(EVENTS);
    await deployment.atRest();
    await health.becomes(true);
    expect(health.readiness).toEqual([true, false, true]);
    await deployment.expectGoesOn(service);
  });

  slowly("asked to stop as it goes away: it ends in time, and goes on later", async () => {
    const { deployment, service } = await bed.running();
    await deployment.send(EVENTS);
    await kafka.broker(1).kill();
    await expectStops(service);
    await kafka.broker(1).restart();
    await deployment.expectGoesOn(await deployment.started());
  });

  slowly("asked to stop when it is away for long, and while starting: it ends in time", async () => {
    const { deployment, service } = await bed.running();
    await kafka.broker(1).kill();
    await delay(EXPELLED_AFTER_MS);
    await expectStops(service);
    const starting = deployment.start();
    await starting.said("connecting to Kafka");
    await expectStops(starting);
    await kafka.broker(1).restart();
    await deployment.expectGoesOn(await deployment.started());
  });

  slowly("asked to stop under load: it ends in time, and the next start has nothing to restore", async () => {
    const { deployment, service } = await bed.running();
    await deployment.send(MANY_EVENTS);
    await expectStops(service);
    const next = await deployment.started();
    await deployment.atRest();
    expect(logged(next, "restored")).toEqual([]);
    await deployment.expectGoesOn(next);
  });

  slowly("unreachable at the start: it fails, and names the addresses", async () => {
    const deployment = await bed.deploy();
    const brokers = "127.0.0.1:1,127.0.0.1:2";
    await expectFails(
      deployment.start({ brokers }),
      /none of the brokers can be reached \(127\.0\.0\.1:1, 127\.0\.0\.1:2\)/,
    );
  });
});

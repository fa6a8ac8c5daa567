/** Three brokers, of which one goes away: leaders and coordinators move. */
import { afterAll, beforeAll, expect } from "vitest";
import { describeWithKafka, type Kafka } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { Reader } from "../../support/verifier/index.js";
import { HealthWatch } from "./support/health.js";
import { bedOf, EVENTS } from "./support/test-bed.js";

describeWithKafka("three brokers", { kafka: "own", registry: true }, (servers) => {
  let kafka: Kafka;
  let reader: Reader;
  beforeAll(async () => {
    if (process.env.FAULT_OUTCOMES !== "all" && process.env.LONG !== "1") return;
    kafka = await servers.startOwnKafka({ brokers: 3 });
    reader = await Reader.start(kafka.bootstrap, servers.registry.url);
  });
  afterAll(() => reader?.close());
  const bed = bedOf(
    servers,
    () => kafka.bootstrap,
    () => reader,
  );

  slowly(
    "each killed under load and restarted, one after the other: the service goes on with the two others",
    async () => {
      const { deployment, service } = await bed.running();
      const health = await HealthWatch.of(service);
      for (const { id } of kafka.brokers) {
        const sending = deployment.send(EVENTS);
        await kafka.broker(id).kill();
        await sending;
        await deployment.send(EVENTS);
        await deployment.atRest();
        await kafka.broker(id).restart();
      }
      await health.becomes(true);
      expect(health.changes.every(({ lives }) => lives === true)).toBe(true);
      await deployment.expectGoesOn(service);
    },
  );
});

/** Answers that do not come: the writer hangs, for a while and for ever; a process that stood still. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { temporaryRules } from "../../runtime/kafka/wire/support/wire.js";
import { describeWithKafka, type FrameRule, type Kafka, until } from "../../support/kafka/index.js";
import { slowly } from "../../support/slow.js";
import { Reader } from "../../support/verifier/index.js";
import { expectFails, expectStops, logged } from "./support/deployment.js";
import { HealthWatch } from "./support/health.js";
import { bedOf, EVENTS } from "./support/test-bed.js";

const PART_RESTARTED = "a part of the engine has failed and is started anew";
const ENGINE_RESTARTED = "the engine has failed and is started anew";
const ESCALATES_WITHIN_MS = 80_000;
const HEARD_WITHIN_MS = 20_000;

describeWithKafka("brokers that do not answer", { kafka: "own", registry: true }, (servers) => {
  let kafka: Kafka;
  let reader: Reader;
  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, proxied: true });
    reader = await Reader.start(kafka.bootstrap, servers.registry.url);
  });
  afterAll(() => reader.close());
  const bed = bedOf(
    servers,
    () => kafka.proxiedBootstrap,
    () => reader,
  );
  const rule = temporaryRules(() => kafka);

  const HANGS: readonly (readonly [string, FrameRule])[] = [
    ["the answers to EndTxn", { api: "EndTxn", on: "response", action: "drop" }],
    ["the answers to Produce", { api: "Produce", on: "response", action: "drop" }],
  ];
  for (const [what, hang] of HANGS) {
    slowly(`${what} are lost for a while: the part is started anew, and goes on`, async () => {
      const deployment = await bed.deploy();
      const service = await deployment.started({ args: ["--stall-timeout-ms", "4000"] });
      await deployment.send(EVENTS);
      await deployment.atRest();
      const hanging = rule(hang);
      await deployment.send(EVENTS);
      await service.said(PART_RESTARTED);
      hanging.remove();
      const [restarted] = logged(service, PART_RESTARTED);
      expect(restarted?.because).toMatch(/^(normalise|ratchet) has made no progress for \d+ s, and /);
      await deployment.expectGoesOn(service);
    });
  }

  slowly("asked to stop while a commit hangs: it ends in time", async () => {
    const { deployment, service } = await bed.running();
    const hanging = rule({ api: "EndTxn", on: "request", action: "drop" });
    await deployment.send(EVENTS);
    expect(await until(() => hanging.hits > 0, HEARD_WITHIN_MS)).toBe(true);
    await expectStops(service);
    expect(service.lines.some((line) => line.includes("stopped without a last checkpoint"))).toBe(true);
    hanging.remove();
    await deployment.expectGoesOn(await deployment.started());
  });

  slowly("no commit ever succeeds: parts are started anew, then the engine, then it fails and says so", async () => {
    const deployment = await bed.deploy();
    const service = await deployment.started({ args: ["--stall-timeout-ms", "1000"] });
    await deployment.send(EVENTS);
    await deployment.atRest();
    const hanging = rule({ api: "EndTxn", on: "request", action: "drop" });
    await deployment.send(EVENTS);
    await Promise.race([service.ended, delay(ESCALATES_WITHIN_MS)]);
    await expectFails(service, /the engine was started anew 2 times and fails again: normalise has made no progress/);
    hanging.remove();
    // Three times the part that has work, in each of three lives of the engine; others may have waited for it.
    expect(logged(service, PART_RESTARTED).length).toBeGreaterThanOrEqual(9);
    expect(logged(service, ENGINE_RESTARTED)).toHaveLength(2);
    await deployment.expectGoesOn(await deployment.started());
  });

  slowly(
    "one of two instances stood still for longer than its session: the other takes over, then both live on",
    async () => {
      const deployment = await bed.deploy();
      const standing = await deployment.started({ folder: "standing" });
      const other = await deployment.started({ folder: "other" });
      const health = await HealthWatch.of(standing);
      await deployment.send(EVENTS);
      standing.kill("SIGSTOP");
      await deployment.send(EVENTS);
      // All of it, by the other alone.
      await deployment.atRest();
      await health.becomes(null);
      standing.kill("SIGCONT");
      await deployment.send(EVENTS);
      await deployment.atRest();
      await health.becomes(true);
      await expectStops(standing);
      await deployment.expectGoesOn(other, ["standing", "other"]);
    },
  );
});

/** What got a 202 is there afterwards: when the service is stopped while clients send, and when it is killed at random. */
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { announce, randomNumbers, SEED, setting } from "../../oracle/settings.js";
import { numberOf } from "../../support/http/event-body.js";
import { Load } from "../../support/http/load.js";
import { acceptedNumbers, type LoadReport } from "../../support/http/load-protocol.js";
import { RawConnection } from "../../support/http/raw-connection.js";
import { describeWithKafka } from "../../support/kafka/index.js";
import { newApplication } from "../kafka/support/application.js";
import { caughtUp, embeddedFlags, newFolder, PARTITIONS, type Running, running, SECRET } from "./support/running.js";
import { storedEvents } from "./support/stored-events.js";

const ROUNDS = setting("ROUNDS", 3);
const KAFKA_ROUNDS = Math.max(1, Math.floor(ROUNDS / 3));
const CONNECTIONS = 32;
const CONVERSATIONS = 500;
/** A client sends so long before the service dies, at most. */
const KILL_WITHIN_MS = 1_500;
const STOPS_WITHIN_MS = 10_000;

beforeAll(() => announce("kill -9 amid webhooks", { ROUNDS }));

/** Sends until it is stopped; it does not outlive the test. */
async function sending({ address }: Running, firstNumber = 0): Promise<Load> {
  const pace = { kind: "closed", connections: CONNECTIONS } as const;
  const load = new Load({ ...address, secret: SECRET, pace, seconds: null, firstNumber, conversations: CONVERSATIONS });
  onTestFinished(() => load.kill());
  await load.began();
  return load;
}

const accepted = (load: Load, report: LoadReport) => [...acceptedNumbers(report, load.options)];
const missing = (wanted: readonly number[], there: ReadonlySet<number>) => wanted.filter((one) => !there.has(one));

describe("a service that is stopped while clients send", () => {
  it("answers what it accepted, has all of it, closes its connections, and ends in time", async () => {
    const folder = await newFolder();
    const started = await running(embeddedFlags(folder));
    const idle = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(started.address)));
    const load = await sending(started);
    await delay(1_500);
    const beganMs = performance.now();
    started.service.kill("SIGTERM");
    expect(await started.service.ended, started.service.lines.join("\n")).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - beganMs;
    expect(tookMs).toBeLessThan(STOPS_WITHIN_MS);
    await Promise.all(idle.map(({ closed }) => closed));
    const report = await load.stop();
    const { 202: taken = 0, 503: away = 0, ...others } = report.statuses;
    expect(others).toEqual({});
    expect(taken).toBeGreaterThan(0);
    const { numbers } = await storedEvents(folder, PARTITIONS);
    const wanted = accepted(load, report);
    expect(missing(wanted, numbers)).toEqual([]);
    // Whoever was cut off may have been written, too: only what was under way can be, one for each connection.
    expect(numbers.size - wanted.length).toBeLessThanOrEqual(CONNECTIONS);
    console.log(
      `stopped amid ${taken} webhooks in ${Math.round(tookMs)} ms: ${away} sent away, ${JSON.stringify(report.failures)}`,
    );
  });
});

describe("a service that is killed at random while clients send", () => {
  it(`has all that got a 202, in ${ROUNDS} rounds, and processes it`, { timeout: 30_000 * (ROUNDS + 2) }, async () => {
    const random = randomNumbers(SEED);
    const folder = await newFolder();
    const wanted: number[] = [];
    for (let round = 0, next = 0; round < ROUNDS; round++) {
      const started = await running(embeddedFlags(folder));
      const load = await sending(started, next);
      await delay(50 + random() * KILL_WITHIN_MS);
      started.service.kill("SIGKILL");
      await started.service.ended;
      const report = await load.stop();
      next += report.sent;
      wanted.push(...accepted(load, report));
    }
    const last = await running(embeddedFlags(folder));
    await caughtUp(last);
    last.service.kill("SIGTERM");
    await last.service.ended;
    const { numbers, raw, processed } = await storedEvents(folder, PARTITIONS);
    expect(missing(wanted, numbers)).toEqual([]);
    expect(processed).toBe(raw);
    expect(wanted.length).toBeGreaterThan(0);
    console.log(`kill -9: ${wanted.length} webhooks got a 202 in ${ROUNDS} rounds; ${numbers.size} are there`);
  });
});

describeWithKafka(
  "a service on Kafka that is killed at random while clients send",
  { kafka: "shared", registry: true, independentClient: true },
  (servers) => {
    it(`has all that got a 202, in ${KAFKA_ROUNDS} rounds`, { timeout: 60_000 * (KAFKA_ROUNDS + 2) }, async () => {
      const random = randomNumbers(SEED);
      const application = newApplication(servers, PARTITIONS);
      const folder = await application.folder();
      const wanted: number[] = [];
      for (let round = 0, next = 0; round < KAFKA_ROUNDS; round++) {
        const started = await running(application.flags(folder));
        const load = await sending(started, next);
        await delay(200 + random() * KILL_WITHIN_MS);
        started.service.kill("SIGKILL");
        await started.service.ended;
        const report = await load.stop();
        next += report.sent;
        wanted.push(...accepted(load, report));
      }
      const topic = `${application.topicPrefix}raw-events`;
      const records = await servers.independentClient.read({ topic, isolation: "read_committed" });
      const numbers = new Set(records.map(({ value }) => numberOf(value?.toString("latin1") ?? "")));
      expect(missing(wanted, numbers)).toEqual([]);
      expect(wanted.length).toBeGreaterThan(0);
      console.log(`kill -9 on Kafka: ${wanted.length} webhooks got a 202; ${numbers.size} are there`);
    });
  },
);

/** `kill -9` of the built service on Kafka, at every labelled place: the next start goes on at once, nothing lost, nothing twice. */
import { expect, it } from "vitest";
import { type CrashPoint, KAFKA_CRASH_POINTS } from "../../../runtime/crash-points.js";
import type { ProducedRecord } from "../../../runtime/task/index.js";
import { announce, SEED } from "../../oracle/settings.js";
import { Application, type ProductEngine } from "../../runtime/kafka/engine/support/application.js";
import { Load } from "../../runtime/kafka/engine/support/load.js";
import { describeWithKafka, type Servers, until } from "../../support/kafka/index.js";
import { patient } from "../../support/patience.js";
import { type RunningService, startService } from "../../support/service.js";

type Guarantee = "exactly_once" | "at_least_once";

const CONVERSATIONS = 30;
/** Much longer than a start may take: to wait for it would be seen. */
const SESSION_MS = 30_000;
const GOES_ON_WITHIN_MS = 5_000;
const ENDED_WITHIN_MS = 60_000;

/**
 * Which pass of each place: the second checkpoint is the ratchet's, as what came in is one checkpoint of `normalise`. What dies
 * with a transaction committed that the local store does not know of has something to restore in its next life.
 */
const CRASHES: readonly (readonly [CrashPoint, pass: number])[] = [
  ["kafka.before-begin", 2],
  ["kafka.after-offsets", 2],
  ["kafka.before-commit", 1],
  ["kafka.before-commit", 2],
  ["kafka.after-commit", 2],
  ["kafka.restoring", 1],
  ["kafka.after-store", 2],
  ["kafka.after-fence", 2],
];
/** Of those, what a checkpoint without a transaction passes. */
const WITHOUT_TRANSACTION: readonly CrashPoint[] = ["kafka.before-commit", "kafka.after-commit", "kafka.after-store"];

interface Scene {
  readonly application: Application;
  readonly load: Load;
  /** Has made the topics, and appends; not started. */
  readonly engine: ProductEngine;
  readonly flags: readonly string[];
}

async function newScene(servers: Servers, guarantee: Guarantee): Promise<Scene> {
  // With one, all that comes in at once is one checkpoint.
  const application = Application.forTest(servers, { partitions: 1 });
  const engine = await application.open({ guarantee });
  const { applicationId, topicPrefix, partitions } = application.settings;
  const settings = {
    engine: "kafka",
    brokers: servers.kafka.bootstrap,
    "registry-url": servers.registry.url,
    "data-dir": await application.folder(),
    "application-id": applicationId,
    "topic-prefix": topicPrefix,
    partitions: String(partitions),
    guarantee,
    "session-timeout-ms": String(SESSION_MS),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return { application, load: Load.random(SEED, CONVERSATIONS), engine, flags };
}

/** When the log line was written, epoch ms. */
async function timeOf(service: RunningService, message: string): Promise<number> {
  const { time } = JSON.parse(await service.said(`"msg":"${message}"`)) as { time: string };
  return Date.parse(time);
}

/** Until the process has killed itself, which it does as soon as it goes on with the work: a session that it waited for would be seen. */
async function runToCrash({ flags }: Scene, crashAt: string): Promise<void> {
  const service = startService(flags, { env: { QUEUE_RATCHET_CRASH_AT: crashAt } });
  const ended = await Promise.race([service.ended, until(() => false, ENDED_WITHIN_MS)]);
  const endedAtMs = Date.now();
  const said = service.lines.slice(-5).join("\n");
  expect([crashAt, ended], said).toEqual([crashAt, { code: null, signal: "SIGKILL" }]);
  const tookMs = endedAtMs - (await timeOf(service, "listening"));
  expect(tookMs, `to get to ${crashAt}: ${said}`).toBeLessThan(patient(GOES_ON_WITHIN_MS));
}

async function runToReady({ flags }: Scene): Promise<void> {
  const service = startService(flags);
  const tookMs = (await timeOf(service, "ready")) - (await timeOf(service, "listening"));
  expect(tookMs, service.lines.join("\n")).toBeLessThan(patient(GOES_ON_WITHIN_MS));
  service.kill("SIGTERM");
  expect(await service.ended, service.lines.join("\n")).toEqual({ code: 0, signal: null });
}

/** One life after the other on one folder, each with some more of the load, and each but the last with a sudden end. */
async function liveThrough(scene: Scene, crashes: readonly (readonly [CrashPoint, number])[]): Promise<void> {
  const { application, load, engine } = scene;
  const records: ProducedRecord[] = load.rawRecords(application);
  const perLife = Math.ceil(records.length / crashes.length);
  for (const [life, [label, pass]] of crashes.entries()) {
    await engine.append(records.slice(life * perLife, (life + 1) * perLife));
    await runToCrash(scene, `${label}:${pass}`);
  }
  await runToReady(scene);
  // Another instance does what is left, and says when nothing is.
  engine.start();
  await engine.caughtUp();
}

describeWithKafka(
  "a service on Kafka that is killed, life after life,",
  { kafka: "shared", registry: true },
  (servers) => {
    it("passes every labelled place", () => {
      expect(new Set(CRASHES.map(([label]) => label))).toEqual(new Set(KAFKA_CRASH_POINTS));
    });

    it("decides every event once, and ends where the oracle says", async () => {
      announce("kill -9 on Kafka", { CONVERSATIONS });
      const scene = await newScene(servers, "exactly_once");
      await liveThrough(scene, CRASHES);
      const { application, load, engine } = scene;
      load.expectWhole(await application.records(), application, engine);
    });

    it("loses nothing and ends right with at_least_once", async () => {
      const scene = await newScene(servers, "at_least_once");
      await liveThrough(
        scene,
        WITHOUT_TRANSACTION.map((label) => [label, 2]),
      );
      const { application, load, engine } = scene;
      load.expectWhole(await application.records(), application, engine, { atLeastOnce: true });
    });
  },
);

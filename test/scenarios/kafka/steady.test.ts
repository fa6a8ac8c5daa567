/**
 * A steady load with a rebalance again and again: memory stays, lag is bounded, a stop under load is quick, and the next start has
 * nothing to restore. STEADY_SECONDS is how long: half an hour in the long suite, with a rebalance a minute.
 */
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { events } from "../../../bench/events.js";
import { Cluster, IdempotentWriter } from "../../../runtime/kafka/wire/index.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { ContractCodec } from "../../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../../schemas/registry/confluent.js";
import { announce, SEED, setting } from "../../oracle/settings.js";
import { describeWithKafka, type Servers, until } from "../../support/kafka/index.js";
import { metricsPage } from "../../support/metrics-page.js";
import { patient } from "../../support/patience.js";
import { type RunningService, startService } from "../../support/service.js";
import { itSlowly, LEFT_OUT } from "../../support/slow.js";
import { newApplication } from "./support/application.js";

const STEADY_SECONDS = setting("STEADY_SECONDS", 12);
const REBALANCES = STEADY_SECONDS >= 600 ? Math.floor(STEADY_SECONDS / 60) : 2;
const PARTITIONS = 2;
const PER_TICK = 50;
const TICK_MS = 100;
/** Conversations come again and again: the state does not grow for ever. */
const MIX = { conversations: 5_000, queueChanges: 0.3, workItemEvents: 0.4, seed: SEED };
const STOP_WITHIN_MS = 10_000;
/** Five seconds of the load. */
const MAX_LAG = 5 * (1_000 / TICK_MS) * PER_TICK;
/** Of the memory at a third of the time: caches fill, nothing else. */
const MAX_GROWTH = 1.5;

/** As another producer writes to the joined topics, until it is stopped. */
async function steadyLoad(servers: Servers, prefix: string): Promise<() => Promise<void>> {
  const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "load" });
  const writer = await IdempotentWriter.open(cluster);
  const registry = new ConfluentSchemaRegistry({ url: servers.registry.url });
  const topics = { conversation: `${prefix}conversation-events`, "work-item": `${prefix}work-item-events` } as const;
  const conversation = await ContractCodec.open("ConversationEvent", `${topics.conversation}-value`, registry);
  const workItem = await ContractCodec.open("WorkItemEvent", `${topics["work-item"]}-value`, registry);
  const stream = events(MIX);
  const ended = new AbortController();
  const send = () => {
    const { value: joined } = stream.next();
    const { source, tenant, conversationId } = joined.event;
    const key = Buffer.from(`${source}:${tenant}:${conversationId}`);
    const value = joined.kind === "conversation" ? conversation.encode(joined.event) : workItem.encode(joined.event);
    const record = { timestamp: Date.now(), key, value: Uint8Array.from(value), headers: [] };
    return writer.send({ topic: topics[joined.kind], partition: partitionFor(key, PARTITIONS), records: [record] });
  };
  const running = (async () => {
    while (!ended.signal.aborted) {
      await Promise.all([delay(TICK_MS), ...Array.from({ length: PER_TICK }, send)]);
    }
  })();
  return async () => {
    ended.abort();
    await running;
    await cluster.close();
  };
}

async function lagOf(http: string): Promise<number> {
  const answer = (await (await fetch(`${http}/readyz`)).json()) as { readonly lag: number };
  return answer.lag;
}

async function residentBytes(metrics: string): Promise<number> {
  const text = await metricsPage(metrics);
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

async function stopped(service: RunningService): Promise<number> {
  const beganMs = performance.now();
  service.kill("SIGTERM");
  expect((await service.ended).code).toBe(0);
  return performance.now() - beganMs;
}

describeWithKafka(
  "an instance under a steady load, while others come and go",
  { kafka: "shared", registry: true },
  (servers) => {
    itSlowly(
      `keeps its memory and its lag, stops in time, and goes on without restoring${LEFT_OUT}`,
      {
        timeout: STEADY_SECONDS * 1_000 + 120_000,
      },
      async () => {
        announce("steady", { STEADY_SECONDS, REBALANCES });
        const application = newApplication(servers, PARTITIONS);
        const own = await application.folder();
        const service = startService(application.flags(own));
        const { http, metrics } = await service.ready();
        const stopLoad = await steadyLoad(servers, application.topicPrefix);
        onTestFinished(() => stopLoad().catch(() => undefined));
        const guest = await application.folder();
        const memory: number[] = [];
        let worstLag = 0;
        for (let turn = 0; turn < REBALANCES; turn++) {
          const other = startService(application.flags(guest));
          await other.ready();
          await delay((STEADY_SECONDS * 500) / REBALANCES);
          await stopped(other);
          await delay((STEADY_SECONDS * 500) / REBALANCES);
          expect(await until(async () => (await lagOf(http)) <= MAX_LAG, 20_000)).toBe(true);
          worstLag = Math.max(worstLag, await lagOf(http));
          memory.push(await residentBytes(metrics));
        }
        const reference = memory[Math.floor(memory.length / 3)] ?? 0;
        console.log(
          `steady: memory ${memory.map((bytes) => Math.round(bytes / 2 ** 20)).join(" ")} MiB, lag at most ${worstLag}`,
        );
        expect(Math.max(...memory.slice(-3))).toBeLessThan(reference * MAX_GROWTH);
        expect(await stopped(service)).toBeLessThan(patient(STOP_WITHIN_MS));
        await stopLoad();
        const again = startService(application.flags(own));
        await again.ready();
        expect(again.lines.filter((line) => line.includes('"msg":"restored"'))).toEqual([]);
      },
    );
  },
);

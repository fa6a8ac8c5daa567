/** `republish` and forgetting with the Kafka engine: instances of this process, and the built program. */
import { expect, it } from "vitest";
import { RowStore } from "../../../runtime/stores/index.js";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import { type AssignmentRow, assignmentRowCodec } from "../../../schemas/index.js";
import { ASSIGNMENT_STORE, type ProductSettings } from "../../../topology/index.js";
import { conversation, TO_Q1 } from "../../oracle/build.js";
import { announce, SEED } from "../../oracle/settings.js";
import { kustomerBody } from "../../runtime/embedded/support/kustomer-bodies.js";
import { Application, type ProductEngine } from "../../runtime/kafka/engine/support/application.js";
import { Load } from "../../runtime/kafka/engine/support/load.js";
import { describeWithKafka, type Servers } from "../../support/kafka/index.js";
import { run } from "../../support/program.js";
import { startService } from "../../support/service.js";
import { ALL_OUTCOMES, slowly } from "../../support/slow.js";
import { bodies, rawRecord } from "./conversations.js";
import { type Emitted, emitted, expectOrder, tableOfRows, tableOfWhoLostAll } from "./ends.js";

const CONVERSATIONS = 2_000;

function flagsOf(servers: Servers, { settings }: Application): string[] {
  return Object.entries({
    engine: "kafka",
    brokers: servers.kafka.bootstrap,
    "registry-url": servers.registry.url,
    "application-id": settings.applicationId,
    "topic-prefix": settings.topicPrefix,
    partitions: String(settings.partitions),
  }).flatMap(([name, value]) => [`--${name}`, value]);
}

interface Outputs {
  readonly all: readonly Emitted[];
  readonly decisions: number;
}

async function outputsOf(application: Application, engine: ProductEngine): Promise<Outputs> {
  const { queueAssignments, decisions } = application.topics;
  const records = await application.records();
  const codec = engine.codec(queueAssignments);
  const value = (record: ConsumedRecord) => codec.decodeAs("QueueAssignment", record.value ?? new Uint8Array());
  return {
    all: records.filter(({ topic }) => topic === queueAssignments).map((record) => emitted(record, value(record))),
    decisions: records.filter(({ topic }) => topic === decisions).length,
  };
}

/** Of an engine that has all partitions. */
async function rowsOf(engine: ProductEngine, { partitions }: ProductSettings): Promise<Map<string, AssignmentRow>> {
  const found = new Map<string, AssignmentRow>();
  for (let partition = 0; partition < partitions; partition++) {
    const store = engine.store(ASSIGNMENT_STORE, partition);
    if (!(store instanceof RowStore)) throw new Error("rows are read page by page from a RowStore");
    for (let after: string | null | undefined; after !== null; ) {
      const page = await store.page({ maxRows: 1_000, ...(after === undefined ? {} : { after }) });
      for (const { key, value } of page.rows) found.set(key, assignmentRowCodec.decode(value));
      after = page.after;
    }
  }
  return found;
}

function rawBodies({ topics }: Application, count: number) {
  return bodies(count).map((body, index) => rawRecord(topics.rawEvents, body, Date.now() - 60_000 + index));
}

const republishedOf = ({ all }: Outputs) => all.filter(({ isRepublished }) => isRepublished);

/** The second is the same path with another writer: seen with FAULT_OUTCOMES=all. */
const GUARANTEES = ALL_OUTCOMES ? (["exactly_once", "at_least_once"] as const) : (["exactly_once"] as const);

describeWithKafka("on Kafka", { kafka: "shared", registry: true }, (servers) => {
  it.each(GUARANTEES)(
    "under load, a consumer that lost everything ends with the right table (%s)",
    async (guarantee) => {
      const application = Application.forTest(servers, { partitions: 2 });
      const load = Load.random(SEED, 200);
      announce("republish under load on Kafka", { events: load.events.length });
      const engine = await application.start({ guarantee });
      // Recent: brokers compact what is much older than the marker behind it.
      const recently = Date.now() - 60_000;
      const records = load.rawRecords(application).map((record, at) => ({ ...record, timestamp: recently + at }));
      const half = Math.floor(records.length / 2);
      await engine.append(records.slice(0, half));
      const flags = flagsOf(servers, application);
      const republishing = run(["republish", ...flags, "--wait", "60"]);
      for (let from = half; from < records.length; from += 50) await engine.append(records.slice(from, from + 50));
      const republished = await republishing;
      // It may have said on standard error how far it was.
      expect(republished).toMatchObject({ code: 0 });
      expect(republished.stdout).toMatch(
        /^2 control records written to 2 partitions.*\nExecuted: \d+ records? republished/,
      );
      await engine.caughtUp();
      expect(await run(["republish", ...flags, "--wait", "60"])).toMatchObject({ code: 0 });
      await engine.caughtUp();
      const outputs = await outputsOf(application, engine);
      expectOrder(outputs.all);
      expect(outputs.decisions).toBe(load.events.length);
      expect(tableOfWhoLostAll(outputs.all)).toEqual(tableOfRows(await rowsOf(engine, application.settings)));
    },
  );

  it("killed in the middle of a scan, the next start begins it anew, and nothing else happened", async () => {
    const application = Application.forTest(servers, { partitions: 1 });
    const first = await application.start();
    await first.append(rawBodies(application, CONVERSATIONS));
    await first.caughtUp();
    await first.stop();
    const flags = flagsOf(servers, application);
    const asked = await run(["republish", ...flags]);
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toContain("--wait SECONDS waits for it");

    const folder = await application.folder();
    const start = (env: Readonly<Record<string, string>>) =>
      startService([...flags, "--data-dir", folder, "--checkpoint-interval-ms", "1"], { env });
    // The first checkpoint holds a page of rows.
    const killed = start({ QUEUE_RATCHET_CRASH_AT: "kafka.after-commit:1" });
    expect(await killed.ended, killed.lines.slice(-5).join("\n")).toEqual({ code: null, signal: "SIGKILL" });
    const before = republishedOf(
      await outputsOf(application, first.state === "stopped" ? await application.open() : first),
    );
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(CONVERSATIONS);

    const again = await application.start();
    await again.caughtUp();
    const outputs = await outputsOf(application, again);
    expect(republishedOf(outputs)).toHaveLength(before.length + CONVERSATIONS);
    expect(new Set(republishedOf(outputs).map(({ key }) => key)).size).toBe(CONVERSATIONS);
    expect(outputs.decisions).toBe(CONVERSATIONS);
    expectOrder(outputs.all);
  });

  slowly(
    "stopped in the middle of a scan it ends in time, and another instance executes it from the beginning",
    async () => {
      const application = Application.forTest(servers, { partitions: 1 });
      const stopped: ProductEngine[] = [];
      let stops: Promise<void> | null = null;
      let rows = 0;
      const engine = await application.open({
        checkpointIntervalMs: 1,
        observer: {
          committed: ({ rowOutcomes }) => {
            rows += rowOutcomes.length;
            if (rowOutcomes.length > 0) stops ??= stopped[0]?.stop() ?? null;
          },
        },
      });
      stopped.push(engine);
      engine.start();
      await engine.append(rawBodies(application, CONVERSATIONS));
      await engine.caughtUp();
      expect(await run(["republish", ...flagsOf(servers, application)])).toMatchObject({ code: 0 });
      await engine.ended();
      await stops;
      expect(rows).toBeGreaterThan(0);

      const other = await application.start();
      await other.caughtUp();
      const outputs = await outputsOf(application, other);
      const republished = republishedOf(outputs).length;
      // Unless the last page was in the last checkpoint, the other one begins anew.
      expect([rows, rows + CONVERSATIONS]).toContain(republished);
      expect(new Set(republishedOf(outputs).map(({ key }) => key)).size).toBe(CONVERSATIONS);
      expectOrder(outputs.all);
    },
  );

  slowly("goes on through a rebalance in the middle of a scan, beside records that come in", async () => {
    const application = Application.forTest(servers, { partitions: 3 });
    let joins: Promise<ProductEngine> | null = null;
    const engine = await application.start({
      checkpointIntervalMs: 1,
      observer: {
        committed: ({ rowOutcomes }) => {
          if (rowOutcomes.length > 0) joins ??= application.start();
        },
      },
    });
    await engine.append(rawBodies(application, CONVERSATIONS));
    await engine.caughtUp();
    expect(await run(["republish", ...flagsOf(servers, application)])).toMatchObject({ code: 0 });
    const { rawEvents } = application.topics;
    const more = bodies(CONVERSATIONS, 2).map((body, at) => rawRecord(rawEvents, body, Date.now() - 30_000 + at));
    await engine.append(more);
    await expect.poll(() => joins, { timeout: 30_000 }).not.toBeNull();
    const other = await joins;
    if (other === null) throw new Error("nobody joined");
    expect(await run(["republish", ...flagsOf(servers, application), "--wait", "60"])).toMatchObject({ code: 0 });
    await Promise.all([engine.caughtUp(), (other as ProductEngine).caughtUp()]);
    const outputs = await outputsOf(application, engine);
    expect(outputs.decisions).toBe(2 * CONVERSATIONS);
    expect(new Set(republishedOf(outputs).map(({ key }) => key)).size).toBe(CONVERSATIONS);
    expectOrder(outputs.all);
  });

  it("forgets with tombstones: a restore from the changelog, and an older local copy, come to the same rows", async () => {
    const application = Application.forTest(servers, { partitions: 1, forgetAfterMs: 60_000 });
    const { topics, settings } = application;
    const from = Date.now() - 1_500_000;
    const lives = (first: number, last: number) =>
      Array.from({ length: last - first }, (_, index) => first + index).flatMap((index) => {
        const ids = { conversationId: `c${index}` };
        const begun = conversation({ ...ids, eventId: "e1", revision: 1, queueChange: TO_Q1 });
        const over = conversation({ ...ids, eventId: "e2", revision: 2, lifecycleChange: "CLOSED" });
        return [begun, over].map((one, at) =>
          rawRecord(topics.rawEvents, kustomerBody(one), from + index * 1_000 + at),
        );
      });
    const folders = { old: await application.folder(), busy: await application.folder() };
    const first = await application.start({ folder: folders.old });
    await first.append(lives(0, 100));
    await first.caughtUp();
    await first.stop();
    const second = await application.start({ folder: folders.busy });
    for (let at = 100; at < 1_000; at += 100) {
      await second.append(lives(at, at + 100));
      await second.caughtUp();
    }
    const rows = await rowsOf(second, settings);
    expect(rows.size).toBeGreaterThanOrEqual(60);
    expect(rows.size).toBeLessThan(400);
    await second.stop();
    for (const folder of [folders.old, folders.busy, await application.folder()]) {
      const engine = await application.start({ folder });
      await engine.caughtUp();
      expect(await rowsOf(engine, settings)).toEqual(rows);
      await engine.stop();
    }
  });
});

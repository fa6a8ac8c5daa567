/** `queue-ratchet migrate`: from the embedded engine to Kafka, and on to another number of partitions. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openLiveApplication } from "../../../cli/live/open.js";
import { LIVE_SETTINGS } from "../../../cli/live/settings.js";
import { settingValues } from "../../../cli/settings/index.js";
import { EmbeddedEngine } from "../../../runtime/embedded/index.js";
import type { Engine } from "../../../runtime/engine.js";
import { partitionFor } from "../../../runtime/records/index.js";
import { encodeText, type ProducedRecord } from "../../../runtime/task/index.js";
import { conversationKey } from "../../../schemas/index.js";
import { type ProductOutcome, productTopology, type TopicNames, topicNames } from "../../../topology/index.js";
import type { JoinedEvent } from "../../oracle/oracle.js";
import { Application } from "../../runtime/kafka/engine/support/application.js";
import { Load } from "../../runtime/kafka/engine/support/load.js";
import { eventOf, type ReadState, readState } from "../../runtime/live/events.js";
import { describeWithKafka, type Servers } from "../../support/kafka/index.js";
import { until } from "../../support/kafka/processes/index.js";
import { run } from "../../support/program.js";
import { slowly } from "../../support/slow.js";

const SOURCE = { applicationId: "queue-ratchet", topicPrefix: "", partitions: 3 };
const SEED = 20_261;
const START = Date.now();
/** What the ids of random histories begin with. */
const HISTORY = "h";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "migrate-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function openEmbedded(folder: string): Promise<EmbeddedEngine<ProductOutcome>> {
  const topology = productTopology({ ...SOURCE, tenant: null, workItemStream: "present" });
  return EmbeddedEngine.open({ ...SOURCE, topology, folder });
}

/** What was decided in whichever order, and how often; of all partitions. */
type Table = Record<string, { readonly sequence: number }>;

class Events {
  /** Histories of both streams, in an order of their own; and conversations whose sequences are known. */
  private readonly all: JoinedEvent[] = [
    ...Load.random(SEED, 60, HISTORY).events,
    ...[1, 2, 3, 4, 5, 6].flatMap((revision) =>
      Array.from({ length: 50 }, (_, one) => ({ kind: "conversation" as const, event: eventOf(one, revision) })),
    ),
  ];

  /** A third of them: 0, 1, 2. Of every conversation some are in each. */
  third(number: number, topics: TopicNames, engine: Engine): ProducedRecord[] {
    return this.all.flatMap(({ kind, event }, index) => {
      if (this.thirdOf(index) !== number) return [];
      const topic = kind === "conversation" ? topics.conversationEvents : topics.workItemEvents;
      const key = encodeText(conversationKey(event.source, event.tenant, event.conversationId));
      const value = Uint8Array.from(engine.codec(topic).encode(event as never));
      return [{ topic, timestamp: START + index, key, value, headers: [] }];
    });
  }

  private thirdOf(index: number): number {
    const { length } = this.all;
    const histories = length - 300;
    return index < histories ? index % 3 : Math.floor((index - histories) / 100);
  }
}

async function process(engine: Engine, records: readonly ProducedRecord[]): Promise<void> {
  await engine.append(records);
  await engine.caughtUp();
}

async function statesOf(flags: Readonly<Record<string, string>>, partitions: number): Promise<readonly ReadState[]> {
  const settings = await settingValues(LIVE_SETTINGS, { environment: {}, configFile: undefined, flags });
  const { application } = await openLiveApplication(settings);
  try {
    const states: ReadState[] = [];
    for (let partition = 0; partition < partitions; partition++) states.push(await readState(application, partition));
    return states;
  } finally {
    await application.close();
  }
}

/** As R1 has it; and the sequences of those conversations whose order of events is one. */
function tableOf(states: readonly ReadState[]): Table {
  const rows = states.flatMap(({ rows }) => [...rows.values()]);
  return Object.fromEntries(
    rows.map(({ sequence, lastEmission, ...rest }) => {
      const isOrdered = !rest.key.startsWith(`kustomer:t:${HISTORY}`);
      return [rest.key, { ...rest, sequence: isOrdered ? sequence : 0 }];
    }),
  );
}

function counterOf({ positions }: ReadState, name: string): number | undefined {
  return positions?.counters.find((one) => one.name === name)?.count;
}

function kafkaFlags({ settings }: Application, servers: Servers) {
  const { applicationId, topicPrefix } = settings;
  return { engine: "kafka", brokers: servers.kafka.bootstrap, applicationId, topicPrefix };
}

function toFlags({ settings }: Application): string[] {
  const { applicationId, topicPrefix, partitions } = settings;
  return [
    ...["--to-application-id", applicationId, "--to-topic-prefix", topicPrefix],
    ...["--to-partitions", String(partitions)],
  ];
}

describeWithKafka("migrate, with a real broker", { kafka: "shared", registry: true }, (servers) => {
  it("carries the state on: what comes of all events is what an application has that saw them all", async () => {
    const events = new Events();
    const sourceTopics = topicNames({ prefix: "", applicationId: SOURCE.applicationId });

    const sawAll = await openEmbedded(await temporaryFolder());
    sawAll.start();
    for (const number of [0, 1, 2]) await process(sawAll, events.third(number, sourceTopics, sawAll));
    const { folder: allFolder } = sawAll;
    await sawAll.stop();
    const expected = tableOf(await statesOf({ dataDir: allFolder, partitions: "3" }, 3));
    expect(Object.keys(expected).length).toBeGreaterThan(90);

    const folder = await temporaryFolder();
    const first = await openEmbedded(folder);
    first.start();
    await process(first, events.third(0, sourceTopics, first));
    await first.stop();
    const second = Application.forTest(servers, { partitions: 5 });
    const toSecond = [
      "migrate",
      "--data-dir",
      folder,
      "--partitions",
      "3",
      "--to-brokers",
      servers.kafka.bootstrap,
      "--replication-factor",
      "1",
      ...toFlags(second),
    ];

    // Nothing is made by looking.
    const dry = await run([...toSecond, "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Would carry over \d+ conversations/) });
    await expect(statesOf(kafkaFlags(second, servers), 5)).rejects.toThrow("the brokers have no topic");

    // What was stopped in the middle leaves nothing, and is done again.
    for (const point of ["migrate.rows-written:2", "migrate.before-commit"]) {
      const killed = await run(toSecond, { env: { QUEUE_RATCHET_CRASH_AT: point } });
      expect(killed.code).toBeNull();
      for (const state of await statesOf(kafkaFlags(second, servers), 5))
        expect(state).toEqual({ rows: new Map(), positions: null });
    }
    // Webhooks and producers are pointed at the new one before: what they write waits there.
    const pointed = await second.open();
    const waiting = events.third(1, second.topics, pointed);
    await pointed.append(waiting);
    await pointed.stop();
    const done = await run(toSecond);
    expect(done.stdout).toContain(`\n${waiting.length} records wait in its input`);
    expect(done.stderr).toBe("");
    expect(done.code).toBe(0);
    expect(done.stdout).toContain("Next:\n  1. Start it: queue-ratchet start --engine kafka --application-id");

    const before = await statesOf({ dataDir: folder, partitions: "3" }, 3);
    const carried = await statesOf(kafkaFlags(second, servers), 5);
    expect(tableOf(carried)).toEqual(tableOf(before));
    for (const [partition, state] of carried.entries()) {
      expect(counterOf(state, "assignment-store.entries")).toBe(state.rows.size);
      expect(counterOf(state, "diverged")).toBe([...state.rows.values()].filter(({ diverged }) => diverged).length);
      for (const key of state.rows.keys()) expect(partitionFor(encodeText(key), 5)).toBe(partition);
    }

    const again = await run(toSecond);
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/is not new: its changelog .* has records/)]);

    const onKafka = await second.start();
    await onKafka.caughtUp();
    const third = Application.forTest(servers, { partitions: 2 });
    const flags = kafkaFlags(second, servers);
    const toThird = [
      ...["migrate", "--engine", "kafka", "--brokers", flags.brokers, "--replication-factor", "1"],
      ...["--application-id", flags.applicationId, "--topic-prefix", flags.topicPrefix],
    ];
    await onKafka.stop();
    const onward = await run([...toThird, ...toFlags(third)]);
    expect([onward.code, onward.stderr]).toEqual([0, ""]);
    const last = await third.start();
    await process(last, events.third(2, third.topics, last));
    const end = await statesOf(kafkaFlags(third, servers), 2);
    expect(tableOf(end)).toEqual(expected);
    for (const state of end) expect(counterOf(state, "assignment-store.entries")).toBe(state.rows.size);

    // One that runs is not new either; and two on a cluster must not share their names.
    const running = await run([...toThird, ...toFlags(third)]);
    expect([running.code, running.stderr]).toEqual([1, expect.stringContaining("an instance of it runs: group")]);
    const same = await run([...toThird, "--to-partitions", "7"]);
    expect([same.code, same.stderr]).toEqual([2, expect.stringContaining("on the same cluster both must differ")]);
  });

  slowly("that was killed holds up nobody who starts the new application: it has nothing of it", async () => {
    const folder = await temporaryFolder();
    const source = await openEmbedded(folder);
    source.start();
    const topics = topicNames({ prefix: "", applicationId: SOURCE.applicationId });
    await process(source, new Events().third(0, topics, source));
    await source.stop();
    const target = Application.forTest(servers, { partitions: 2 });
    const args = ["migrate", "--data-dir", folder, "--partitions", "3", "--to-brokers", servers.kafka.bootstrap];
    const killed = await run([...args, "--replication-factor", "1", ...toFlags(target)], {
      env: { QUEUE_RATCHET_CRASH_AT: "migrate.before-commit" },
    });
    expect(killed.code).toBeNull();
    const engine = await target.start();
    expect(await until(() => engine.isReady, 30_000)).toBe(true);
    for (const { rows } of await statesOf(kafkaFlags(target, servers), 2)) expect(rows.size).toBe(0);
  });

  it("refuses an application that has not processed all of its input, naming where", async () => {
    const folder = await temporaryFolder();
    const engine = await openEmbedded(folder);
    const topics = topicNames({ prefix: "", applicationId: SOURCE.applicationId });
    await engine.append(new Events().third(0, topics, engine).filter(({ topic }) => topic === topics.workItemEvents));
    await engine.stop();
    const target = Application.forTest(servers);
    const args = ["migrate", "--data-dir", folder, "--partitions", "3", "--to-brokers", servers.kafka.bootstrap];
    const refused = await run([...args, ...toFlags(target)]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/records? of work-item-events-0 from offset 0 on (is|are) not processed yet/);
    const raw = await openEmbedded(folder);
    raw.start();
    await raw.caughtUp();
    await raw.stop();
    const waiting = await openEmbedded(folder);
    await waiting.append([
      { topic: topics.rawEvents, timestamp: START, key: null, value: encodeText("{}"), headers: [] },
    ]);
    await waiting.stop();
    const stillRefused = await run([...args, ...toFlags(target)]);
    expect([stillRefused.code, stillRefused.stderr]).toEqual([
      1,
      expect.stringContaining("1 record of raw-events-0 from offset 0 on is not processed yet"),
    ]);
  });
});

describe("migrate", () => {
  it.each([
    [["--to-partitions", "0"], "--to-partitions: bad value"],
    [["--to-topic-prefix", "a b"], "--to-topic-prefix: bad value"],
    [["--to-application-id", ""], "--to-application-id: bad value"],
    [["--to-brokers", "nowhere"], "--to-brokers: bad value"],
    [["--no-such"], "--no-such"],
    [[], "--brokers: needed with Kafka"],
  ])("refuses %j, naming the flag", async (flags, named) => {
    const { code, stderr } = await run(["migrate", "--data-dir", "/nonexistent", ...flags]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(named)]);
  });

  it("has a --help with an example", async () => {
    const { code, stdout } = await run(["migrate", "--help"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("$ queue-ratchet migrate --data-dir")]);
  });
});

/**
 * Each step of the checkpoint and of taking over, at the moment when leaving it out would show. `test/rules` undoes the steps in a
 * copy and sees the tests fail that are named after them.
 */
import { afterEach, expect, it, vi } from "vitest";
import type { CrashPoint, CrashPoints } from "../../../../runtime/crash-points.js";
import { POSITIONS_KEY } from "../../../../runtime/kafka/commit/checkpoint-writer.js";
import { PositionConflictError } from "../../../../runtime/kafka/engine-errors.js";
import {
  Cluster,
  ConnectionError,
  commitOffsets,
  committedOffsets,
  Deadline,
  OutcomeUnknownError,
  TransactionalWriter,
} from "../../../../runtime/kafka/wire/index.js";
import { type ConsumedRecord, Task } from "../../../../runtime/task/index.js";
import { positionsCodec } from "../../../../schemas/row.js";
import { describeWithKafka, until } from "../../../support/kafka/index.js";
import { Application, type EngineOptions, type ProductEngine } from "./support/application.js";
import { Load } from "./support/load.js";

const SEED = 11;
const CONVERSATIONS = 12;
const WITHIN_MS = 20_000;
const STEP_MS = 20_000;

/** As a process that dies there: the engine fails, and nothing of what it was doing goes on. */
function dyingAt(label: CrashPoint): CrashPoints {
  let left = 1;
  return {
    hit(point) {
      if (point !== label || left === 0) return;
      left -= 1;
      throw new Error(`died at ${label}`);
    },
  };
}

function positionsOf({ value }: ConsumedRecord) {
  return positionsCodec.decode(value ?? new Uint8Array());
}

describeWithKafka("a checkpoint, step by step", { kafka: "shared", registry: true }, (servers) => {
  afterEach(() => void vi.restoreAllMocks());

  /** An engine with a load in its sources. */
  async function loaded(options: EngineOptions = {}) {
    const application = Application.forTest(servers, { partitions: 1 });
    const folder = await application.folder();
    const load = Load.random(SEED, CONVERSATIONS);
    const engine = await application.open({ folder, ...options });
    await application.write(load.records(engine, application));
    return { application, folder, load, engine };
  }

  async function whole(engine: ProductEngine, application: Application, load: Load): Promise<void> {
    engine.start();
    await engine.caughtUp();
    load.expectWhole(await application.records(), application, engine);
  }

  /** Starts it, and waits until it has died of what its options say. */
  async function dies(engine: ProductEngine): Promise<void> {
    engine.start();
    await engine.ended();
    expect(engine.failure?.message).toMatch(/died at/);
    await engine.stop();
  }

  it("E1: the local store follows the commit: dying before it leaves nothing there", async () => {
    const { application, folder, load, engine } = await loaded({ crashPoints: dyingAt("kafka.before-commit") });
    await dies(engine);
    await whole(await application.open({ folder }), application, load);
  });

  it("E2: what was committed and is not in the local store is read from the changelog's end", async () => {
    const { application, folder, load, engine } = await loaded();
    await whole(engine, application, load);
    await engine.stop();
    const dying = await application.open({ folder, crashPoints: dyingAt("kafka.after-commit") });
    const more = Load.random(SEED + 1, CONVERSATIONS, "d");
    await application.write(more.records(dying, application));
    await dies(dying);
    const restored: number[] = [];
    const observer = { committed: () => {}, restored: ({ records }: { records: number }) => restored.push(records) };
    await whole(await application.open({ folder, observer }), application, load.and(more));
    expect(restored.reduce((sum, records) => sum + records, 0)).toBeGreaterThan(0);
  });

  it.each([
    ["had happened", true],
    ["had not happened", false],
  ])("E3: a commit whose outcome is unknown, and which %s, is not guessed at", async (_, happens) => {
    const { application, load, engine } = await loaded();
    const commit = TransactionalWriter.prototype.commit;
    let unknown = 0;
    vi.spyOn(TransactionalWriter.prototype, "commit").mockImplementation(async function (this: TransactionalWriter) {
      if (unknown++ > 0) return commit.call(this);
      if (happens) await commit.call(this);
      await this.close();
      throw new OutcomeUnknownError("the answer was lost");
    });
    await whole(engine, application, load);
    expect(unknown).toBeGreaterThan(1);
  });

  it("E4: what was processed for a checkpoint that fails is dropped, and processed again", async () => {
    const { application, load, engine } = await loaded();
    const begin = TransactionalWriter.prototype.begin;
    let failed = 0;
    vi.spyOn(TransactionalWriter.prototype, "begin").mockImplementation(function (this: TransactionalWriter) {
      if (failed++ === 0) throw new ConnectionError("the broker is away");
      begin.call(this);
    });
    await whole(engine, application, load);
    expect(failed).toBeGreaterThan(1);
  });

  it("E4: a checkpoint that fails while more is processed takes that with it", async () => {
    const { application, engine } = await loaded();
    const commit = TransactionalWriter.prototype.commit;
    const process = Task.prototype.process;
    let failCommit: ((error: Error) => void) | null = null;
    let commits = 0;
    vi.spyOn(TransactionalWriter.prototype, "commit").mockImplementation(function (this: TransactionalWriter) {
      if (commits++ > 0) return commit.call(this);
      return new Promise((_, reject) => {
        failCommit = reject;
      });
    });
    vi.spyOn(Task.prototype, "process").mockImplementation(async function (this: Task<unknown>, batch) {
      failCommit?.(new ConnectionError("the broker is away"));
      return process.call(this, batch);
    });
    engine.start();
    expect(await until(() => failCommit !== null, WITHIN_MS)).toBe(true);
    const more = Load.random(SEED + 1, CONVERSATIONS, "d");
    await application.write(more.records(engine, application));
    await engine.caughtUp();
    expect([engine.failure, commits > 1]).toEqual([null, true]);
    Load.random(SEED, CONVERSATIONS)
      .and(more)
      .expectWhole(await application.records(), application, engine);
  });

  it("E5: a transaction that a dead instance left open is ended by whoever takes over", async () => {
    const { application, load, engine } = await loaded();
    const { applicationId } = application.settings;
    const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "dead" });
    const dead = await TransactionalWriter.open(cluster, {
      transactionalId: `${applicationId}-ratchet-dead`,
      transactionTimeoutMs: 60_000,
    });
    dead.begin();
    const record = { timestamp: 1, key: Buffer.from("kustomer:t:c0"), value: Buffer.from("x"), headers: [] };
    await dead.send({ topic: application.topics.changelog, partition: 0, records: [record] });
    const offsets = [{ topic: application.topics.conversationEvents, partition: 0, offset: 3, metadata: "" }];
    await dead.sendOffsets({ groupId: `${applicationId}-ratchet`, generationId: -1, memberId: "", offsets });
    await dead.close();
    await cluster.close();
    engine.start();
    expect(await until(() => engine.isReady, 8_000)).toBe(true);
    await engine.caughtUp();
    load.expectWhole(await application.records(), application, engine);
  });

  it("E6: the end of the changelog is where all records end, those too of a transaction whose markers are still to come", async () => {
    const { application, folder, load, engine } = await loaded();
    engine.start();
    await engine.caughtUp();
    await engine.stop();
    const { changelog } = application.topics;
    const last = (await application.records()).filter(({ topic }) => topic === changelog).at(-1) as ConsumedRecord;
    const positions = positionsOf(last);
    const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "late" });
    // Not of this application's: nobody takes it for one that a dead instance left.
    const late = await TransactionalWriter.open(cluster, {
      transactionalId: `late-${folder}`,
      transactionTimeoutMs: 60_000,
    });
    late.begin();
    const value = positionsCodec.encode({ ...positions, checkpoint: positions.checkpoint + 1 });
    const record = { timestamp: 1, key: POSITIONS_KEY, value, headers: [] };
    await late.send({ topic: changelog, partition: 0, records: [record] });
    const again = await application.start({ folder });
    expect(
      await until(
        () => again.tasks.some((one) => one.subTopology === "normalise" && one.state === "running"),
        WITHIN_MS,
      ),
    ).toBe(true);
    expect(await until(() => again.isReady, 1_000)).toBe(false);
    await late.commit();
    expect(await until(() => again.isReady, WITHIN_MS)).toBe(true);
    await cluster.close();
    await application.write(Load.random(SEED + 1, 1).records(again, application));
    await again.caughtUp();
    const checkpoints = (await application.records())
      .filter(({ topic, key }) => topic === changelog && Buffer.compare(key ?? Buffer.of(), POSITIONS_KEY) === 0)
      .map((one) => positionsOf(one).checkpoint);
    expect(checkpoints).toEqual(checkpoints.map((_, index) => index + 1));
    expect(load.events.length).toBeGreaterThan(0);
  });

  it("E7: offsets that somebody has set to something else than the changelog says are an error that names both", async () => {
    const { application, folder, engine } = await loaded();
    engine.start();
    await engine.caughtUp();
    await engine.stop();
    const { applicationId } = application.settings;
    const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "tool" });
    const groupId = `${applicationId}-ratchet`;
    const offsets = [{ topic: application.topics.conversationEvents, partition: 0, offset: 1, metadata: "" }];
    await commitOffsets(cluster, { groupId, generationId: -1, memberId: "" }, offsets, {
      deadline: new Deadline(STEP_MS),
      channel: "tool",
    });
    await cluster.close();
    const again = await application.start({ folder });
    await again.ended();
    expect(again.failure).toBeInstanceOf(PositionConflictError);
    expect(again.failure?.message).toMatch(/changelog says offset \d+, and group \S+ has committed offset 1:/);
    await again.stop().catch(() => undefined);
  });

  it("E8: positions are the last record of a checkpoint, and of every changelog", async () => {
    const { application, load, engine } = await loaded();
    await whole(engine, application, load);
    const records = (await application.records()).filter(({ topic }) => topic === application.topics.changelog);
    const arePositions = records.map(({ key }) => Buffer.compare(key ?? Buffer.of(), POSITIONS_KEY) === 0);
    // The first checkpoint has rows, which the broker may have compacted away, but not all.
    expect([arePositions.at(0), arePositions.at(-1)]).toEqual([false, true]);
  });

  it("E9: offsets are committed with the outputs, for tools", async () => {
    const { application, load, engine } = await loaded();
    await whole(engine, application, load);
    const last = (await application.records()).filter(({ topic }) => topic === application.topics.changelog).at(-1);
    const cluster = new Cluster({ brokers: servers.kafka.bootstrap.split(","), clientId: "tool" });
    const { positions } = positionsOf(last as ConsumedRecord);
    const found = await committedOffsets(cluster, `${application.settings.applicationId}-ratchet`, positions, {
      deadline: new Deadline(STEP_MS),
      channel: "tool",
    });
    await cluster.close();
    const byTopic = (one: { readonly topic: string; readonly offset: number | null }) =>
      [one.topic, one.offset] as const;
    expect(new Map(found.map(byTopic))).toEqual(new Map(positions.map(byTopic)));
  });
});

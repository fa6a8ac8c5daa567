/** Bringing stores to the ends of their changelogs: over many pages, from where a copy ends, through aborted records and markers. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { noCrashPoints } from "../../../../runtime/crash-points.js";
import { POSITIONS_KEY } from "../../../../runtime/kafka/commit/checkpoint-writer.js";
import { LocalStore } from "../../../../runtime/kafka/store/local-store.js";
import { type RestoreListener, restoreTasks, type TaskToRestore } from "../../../../runtime/kafka/tasks/restorer.js";
import { type Cluster, Deadline, findOffsets, TransactionalWriter } from "../../../../runtime/kafka/wire/index.js";
import { positionsCodec } from "../../../../schemas/row.js";
import { describeWithKafka, uniqueTopic } from "../../../support/kafka/index.js";
import { temporaryFolder } from "../../embedded/support/folders.js";
import { clusterFor, createTopic } from "../wire/support/wire.js";

const ROW_BYTES = 1_000;
/** Of 2 MiB each. */
const PAGES = 3;
const ROWS = Math.ceil((PAGES * 2 * 1024 * 1024) / ROW_BYTES);
const ROWS_PER_CHECKPOINT = 1_000;

describeWithKafka("a restore", { kafka: "shared" }, (servers) => {
  async function scene() {
    const cluster = clusterFor(servers.kafka.bootstrap);
    const topic = uniqueTopic("changelog");
    await createTopic(servers.kafka.bootstrap, topic);
    const writer = await TransactionalWriter.open(cluster, { transactionalId: topic, transactionTimeoutMs: 30_000 });
    const log = () => undefined;
    const store = await LocalStore.open({
      folder: join(await temporaryFolder(), "kafka"),
      clusterId: "any",
      applicationId: "any",
      cacheBytes: 1_000_000,
      log,
    });
    onTestFinished(() => store.close());
    return { cluster, topic, writer, store };
  }

  /** A checkpoint with rows from `first` on, committed or not. */
  async function checkpoint(writer: TransactionalWriter, topic: string, first: number, text: string, commit = true) {
    const rows = Array.from({ length: ROWS_PER_CHECKPOINT }, (_, index) => ({
      timestamp: 1,
      key: Buffer.from(`k:${first + index}`),
      value: Buffer.alloc(ROW_BYTES, text),
      headers: [],
    }));
    const positions = { checkpoint: first + 1, positions: [{ topic: "t", partition: 0, offset: first }], counters: [] };
    const last = { timestamp: 1, key: POSITIONS_KEY, value: positionsCodec.encode(positions), headers: [] };
    writer.begin();
    await writer.send({ topic, partition: 0, records: [...rows, last] });
    if (commit) await writer.commit();
    else await writer.abort();
  }

  async function restore(cluster: Cluster, store: LocalStore, topic: string) {
    const options = { isolation: "read_uncommitted", deadline: new Deadline(20_000), channel: "test" } as const;
    const [end] = await findOffsets(cluster, [{ topic, partition: 0 }], "latest", options);
    const task: TaskToRestore = {
      subTopology: "s",
      partition: 0,
      storeName: "rows",
      changelog: topic,
      startOffset: 0,
      endOffset: end?.offset ?? 0,
      topicId: (await cluster.topic(topic)).topicId,
    };
    const remaining: number[] = [];
    const reports: number[] = [];
    const listener: RestoreListener = {
      progressed: (_, left) => remaining.push(left),
      restored: (_, { records }) => reports.push(records),
      waiting: async () => undefined,
    };
    const ports = { cluster, store, crashPoints: noCrashPoints, log: () => undefined };
    await restoreTasks([task], ports, listener, new AbortController().signal);
    return { remaining, records: reports[0], reports: reports.length };
  }

  async function texts(store: LocalStore, keys: readonly number[]) {
    const rows = await store.rows("rows", 0).getMany(keys.map((key) => `k:${key}`));
    return rows.map((row) => (row === undefined ? null : String.fromCharCode(row[0] ?? 0)));
  }

  it("reads all pages, leaves out what was aborted, and goes on from where it ended", async () => {
    const { cluster, topic, writer, store } = await scene();
    for (let first = 0; first < ROWS; first += ROWS_PER_CHECKPOINT) await checkpoint(writer, topic, first, "a");
    await checkpoint(writer, topic, 0, "x", false);
    const whole = await restore(cluster, store, topic);
    const checkpoints = Math.ceil(ROWS / ROWS_PER_CHECKPOINT);
    expect(whole).toMatchObject({ records: checkpoints * (ROWS_PER_CHECKPOINT + 1), reports: 1 });
    expect(whole.remaining.length).toBeGreaterThanOrEqual(PAGES);
    expect(whole.remaining).toEqual(whole.remaining.toSorted((one, other) => other - one));
    expect(await texts(store, [0, 999, 1_000, ROWS - 1])).toEqual(["a", "a", "a", "a"]);
    expect(store.task("s", 0)?.positions?.checkpoint).toBe((checkpoints - 1) * ROWS_PER_CHECKPOINT + 1);

    await checkpoint(writer, topic, 500, "b");
    expect(await restore(cluster, store, topic)).toMatchObject({ records: ROWS_PER_CHECKPOINT + 1 });
    expect(await texts(store, [0, 500, 1_499, 1_500])).toEqual(["a", "b", "b", "a"]);
    expect(await restore(cluster, store, topic)).toMatchObject({ records: 0 });
    await writer.close();
  });

  it("throws a copy of another topic away, whatever of it the new one has", async () => {
    const { cluster, topic, writer, store } = await scene();
    await checkpoint(writer, topic, 0, "a");
    const mark = { topicId: "of another topic", offset: 5 };
    const rows = [
      { key: "k:0", value: Buffer.from("z") },
      { key: "k:gone", value: Buffer.from("z") },
    ];
    await store.write([{ subTopology: "s", partition: 0, store: "rows", rows, mark }]);
    expect(await restore(cluster, store, topic)).toMatchObject({ records: ROWS_PER_CHECKPOINT + 1 });
    expect(await texts(store, [0])).toEqual(["a"]);
    expect(await store.rows("rows", 0).getMany(["k:gone"])).toEqual([undefined]);
    await writer.close();
  });
});

/** What a writer left open when it died: found by its id's beginning, and ended at once by whoever takes over. */
import { expect, it } from "vitest";
import {
  type Cluster,
  committedOffsets,
  Deadline,
  DeadlineError,
  endTransaction,
  FencedError,
  IdempotentWriter,
  openTransactions,
  Reader,
  TransactionalWriter,
} from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka, uniqueTopic, until } from "../../../../support/kafka/index.js";
import { patient } from "../../../../support/patience.js";
import { clusterFor, createTopic, record, settled } from "../support/wire.js";

const TIMEOUT_MS = 30_000;
/** What was blocked must go on within. */
const AT_ONCE_MS = 1_000;
/** How long it is looked on that something is blocked. */
const BLOCKED_FOR_MS = 250;

describeWithKafka("a transaction that was left open", { kafka: "shared" }, (servers) => {
  const cluster = () => clusterFor(servers.kafka.bootstrap);
  const topicOf = (partitions: number) =>
    createTopic(servers.kafka.bootstrap, uniqueTopic("left-open"), { partitions });
  const options = () => ({ deadline: new Deadline(10_000), channel: "takeover" });
  const open = (of: Cluster, transactionalId: string) =>
    TransactionalWriter.open(of, { transactionalId, transactionTimeoutMs: TIMEOUT_MS });
  const ids = async (of: Cluster, prefix: string) =>
    (await openTransactions(of, { ...options(), prefix })).map(({ transactionalId }) => transactionalId);

  /** The id, the topic and the group are called the same; records in each partition, and an offset of partition 0. */
  async function begun(of: Cluster, topic: string, partitions: number, transactionalId = topic) {
    const writer = await open(of, transactionalId);
    writer.begin();
    for (let partition = 0; partition < partitions; partition++)
      await writer.send({ topic, partition, records: [record("never committed")] });
    const offsets = [{ topic, partition: 0, offset: 7, metadata: null }];
    await writer.sendOffsets({ groupId: topic, generationId: -1, memberId: "", offsets });
    return writer;
  }

  it("is found by the beginning of its id, with its partitions, those of other ids are not", async () => {
    const topic = await topicOf(2);
    const of = cluster();
    const fromMs = Date.now();
    for (const id of [`${topic}-1-a`, `${topic}-10-a`]) await (await begun(of, topic, 2, id)).close();
    const ended = await begun(of, topic, 2, `${topic}-1-b`);
    await ended.commit();
    // A commit is told when it is decided; its markers come a moment later.
    expect(await until(async () => (await ids(of, `${topic}-1-b`)).length === 0, AT_ONCE_MS)).toBe(true);

    const [found, ...others] = await openTransactions(of, { ...options(), prefix: `${topic}-1-` });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ transactionalId: `${topic}-1-a`, state: "Ongoing", timeoutMs: TIMEOUT_MS });
    expect(found?.producerId).toBeGreaterThanOrEqual(0);
    expect(found?.startedAtMs).toBeGreaterThanOrEqual(fromMs);
    expect(found?.startedAtMs).toBeLessThanOrEqual(Date.now());
    expect(found?.partitions).toHaveLength(3);
    expect(found?.partitions).toEqual(
      expect.arrayContaining([
        { topic, partition: 0 },
        { topic, partition: 1 },
        { topic: "__consumer_offsets", partition: expect.any(Number) },
      ]),
    );
    expect((await ids(of, `${topic}-1`)).sort()).toEqual([`${topic}-10-a`, `${topic}-1-a`].sort());
    expect(await ids(of, `x${topic}`)).toEqual([]);
  });

  it("holds up readers and the offsets of its group, and no longer when it is ended", async () => {
    const topic = await topicOf(1);
    const of = cluster();
    await (await begun(of, topic, 1)).close();
    const after = await IdempotentWriter.open(of);
    await after.send({ topic, partition: 0, records: [record("after")] });
    const offsets = (withinMs: number) =>
      committedOffsets(of, topic, [{ topic, partition: 0 }], { deadline: new Deadline(withinMs), channel: "offsets" });
    const reader = new Reader(of, { isolation: "read_committed", maxWaitMs: 50 });
    reader.assign({ topic, partition: 0 }, 0);
    const read = firstValue(reader);

    expect(await settled(offsets(BLOCKED_FOR_MS))).toBeInstanceOf(DeadlineError);
    expect(await Promise.race([read, "blocked"])).toBe("blocked");

    const fromMs = performance.now();
    expect(await ids(of, topic)).toEqual([topic]);
    const foundMs = performance.now() - fromMs;
    await endTransaction(of, topic, options());
    const endedMs = performance.now() - fromMs - foundMs;
    // Aborted: the offset of the transaction is none.
    expect(await offsets(AT_ONCE_MS)).toMatchObject([{ offset: null }]);
    expect(await read).toBe("after");
    const goneOnMs = performance.now() - fromMs;
    console.log(`found in ${ms(foundMs)}, ended in ${ms(endedMs)}, all goes on after ${ms(goneOnMs)}`);
    expect(goneOnMs).toBeLessThan(patient(AT_ONCE_MS));
    expect(await ids(of, topic)).toEqual([]);
    await reader.close();
    await after.close();
  });

  it("K5: its writer, when it lives after all, commits nothing of it once it was ended", async () => {
    const topic = await topicOf(1);
    const of = cluster();
    const writer = await begun(of, topic, 1);
    await endTransaction(of, topic, options());
    await expect(writer.commit()).rejects.toThrow(FencedError);
    await writer.close();
  });

  it("may be ended again, by several at once, or where there is none, and the next writer works", async () => {
    const topic = await topicOf(1);
    const of = cluster();
    await (await begun(of, topic, 1)).close();
    const survivors = [of, cluster(), cluster()];
    await Promise.all(survivors.map((one) => endTransaction(one, topic, options())));
    await endTransaction(of, topic, options());
    await endTransaction(of, `${topic}-never-seen`, options());
    expect(await ids(of, topic)).toEqual([]);
    const next = await begun(of, topic, 1);
    await next.commit();
    await next.close();
  });
});

async function firstValue(reader: Reader): Promise<string | undefined> {
  for (;;) {
    const [first] = (await reader.next()).records;
    if (first !== undefined) return first.value?.toString();
  }
}

const ms = (value: number) => `${value.toFixed(1)} ms`;

/**
 * Three brokers, a proxy before each, and faults: what the writers say is written is there, once, in order, all or nothing. The
 * independent client counts. LOSS_ROUNDS, LOSS_SECONDS, LOSS_RECORDS and SEED choose the size; a failing round prints its seed.
 */
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import {
  type Cluster,
  IdempotentWriter,
  OutcomeUnknownError,
  TransactionalWriter,
} from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka, type IndependentClient, type Kafka, uniqueTopic } from "../../../../support/kafka/index.js";
import { clusterFor, createTopic, numbered, settled } from "../support/wire.js";
import { FAULTY_CLUSTER, Faults, seeded } from "./faults.js";

const SEED = Number(process.env.SEED ?? 1 + Math.floor(Math.random() * 1e6));
const ROUNDS = Number(process.env.LOSS_ROUNDS ?? 1);
const SECONDS = Number(process.env.LOSS_SECONDS ?? 4);
/** In the one run over many. */
const RECORDS = Number(process.env.LOSS_RECORDS ?? 40_000);
const PARTITIONS = 6;
const KEYS = 53;
const REPEAT = "npx vitest run test/runtime/kafka/wire/writer/loss.test.ts";

describeWithKafka(`writers under faults (SEED=${SEED})`, { kafka: "own", independentClient: true }, (servers) => {
  let kafka: Kafka;
  let client: IndependentClient;

  beforeAll(async () => {
    kafka = await servers.startOwnKafka(FAULTY_CLUSTER);
    client = await servers.startIndependentClient(kafka.bootstrap);
  });

  const topicOf = (name: string) =>
    createTopic(kafka.bootstrap, uniqueTopic(name), { partitions: PARTITIONS, replicas: 3 });
  const cluster = () => clusterFor(kafka.proxiedBootstrap, { requestTimeoutMs: 1000, connectTimeoutMs: 1000 });

  /** Faults while `work` runs; what went wrong is told with the seed and the schedule. */
  async function underFaults(seed: number, work: (random: () => number) => Promise<void>): Promise<void> {
    const faults = new Faults(kafka, seeded(seed));
    faults.start();
    try {
      await work(seeded(seed + 1));
      await faults.stop();
    } catch (error) {
      await faults.stop();
      console.error(`repeat with: SEED=${seed} LOSS_ROUNDS=1 ${REPEAT}\nfaults: ${faults.log.join("; ")}`);
      throw error;
    }
  }

  /** Numbers from 0 on until `enough`, in small groups. @returns how many */
  async function writeNumbers(
    writer: IdempotentWriter,
    topic: string,
    enough: (count: number) => boolean,
  ): Promise<number> {
    const failures: Error[] = [];
    let count = 0;
    while (!enough(count)) {
      const group = Array.from({ length: 20 }, (_, index) => numberedRecord(count + index));
      for (const [partition, records] of byPartition(group)) {
        const sent = writer.send({ topic, partition, records });
        sent.catch((error) => failures.push(error));
        // The pace of a source: faults come while records are on their way.
        if (writer.bufferedBytes > 4_000_000) await sent.catch(() => undefined);
      }
      count += group.length;
      if (failures[0] !== undefined) throw failures[0];
      if (count % 400 === 0) await delay(4);
    }
    await writer.flush();
    return count;
  }

  async function expectExactlyOnce(topic: string, expected: number): Promise<void> {
    const found = await client.digest({ topic, isolation: "read_committed", expected, valueFormat: "int64be" });
    expect(found).toMatchObject({ count: expected, duplicates: 0, missing: 0, unexpected: 0, outOfOrder: 0 });
  }

  it(`K2, K3: each record of an idempotent writer is there once and in order, in ${ROUNDS} rounds (LOSS_ROUNDS)`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const topic = await topicOf("loss");
      const of = cluster();
      let count = 0;
      await underFaults(SEED + round, async () => {
        const writer = await IdempotentWriter.open(of, { maxBatchBytes: 20_000 });
        const untilMs = Date.now() + SECONDS * 1000;
        count = await writeNumbers(writer, topic, () => Date.now() >= untilMs);
      });
      await expectExactlyOnce(topic, count);
      console.log(`round ${round + 1}: ${count} records, each once`);
      await of.close();
    }
  });

  it(`K2, K3: ${RECORDS} records of one idempotent writer are there once and in order (LOSS_RECORDS)`, async () => {
    const topic = await topicOf("loss-large");
    const of = cluster();
    await underFaults(SEED, async () => {
      const writer = await IdempotentWriter.open(of, { maxBatchBytes: 20_000 });
      await writeNumbers(writer, topic, (count) => count >= RECORDS);
    });
    await expectExactlyOnce(topic, Math.ceil(RECORDS / 20) * 20);
  });

  it(`K1, K25: transactions are there all or not at all, as their writer said, in ${ROUNDS} rounds (LOSS_ROUNDS)`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const topic = await topicOf("loss-transactions");
      const of = cluster();
      const outcomes = new Map<number, "committed" | "not committed" | "unknown">();
      await underFaults(SEED + round, async (random) => {
        await transact(of, topic, random, outcomes);
      });
      // Ends what was left open.
      await TransactionalWriter.open(of, { transactionalId: topic, transactionTimeoutMs: 20_000 });
      await expectAsTold(topic, outcomes);
      await of.close();
    }
  });

  /** Transaction after transaction for a while; a writer that fails is followed by another. */
  async function transact(
    of: Cluster,
    topic: string,
    random: () => number,
    outcomes: Map<number, "committed" | "not committed" | "unknown">,
  ): Promise<void> {
    const options = { transactionalId: topic, transactionTimeoutMs: 20_000, maxBatchBytes: 1000 };
    const untilMs = Date.now() + SECONDS * 1000;
    let writer = await TransactionalWriter.open(of, options);
    for (let number = 0; Date.now() < untilMs; number++) {
      const abort = random() < 0.15;
      writer.begin();
      // Eight records for each partition: over several batches.
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const records = Array.from({ length: 8 }, () => numbered(number, String(partition)));
        void settled(writer.send({ topic, partition, records }));
      }
      const offsets = [{ topic, partition: 0, offset: number + 1, metadata: null }];
      void settled(writer.sendOffsets({ groupId: topic, generationId: -1, memberId: "", offsets }));
      const ended = await settled(abort ? writer.abort() : writer.commit());
      if (ended === undefined) outcomes.set(number, abort ? "not committed" : "committed");
      else outcomes.set(number, !abort && ended instanceof OutcomeUnknownError ? "unknown" : "not committed");
      if (writer.failure !== null) {
        await writer.close();
        writer = await TransactionalWriter.open(of, options);
      }
    }
  }

  async function expectAsTold(topic: string, outcomes: ReadonlyMap<number, string>): Promise<void> {
    const read = await client.read({ topic, isolation: "read_committed" });
    const found = new Map<number, number>();
    const last = new Map<number, number>();
    for (const { partition, value } of read) {
      const number = Number(value?.readBigInt64BE() ?? -1);
      found.set(number, (found.get(number) ?? 0) + 1);
      expect(number).toBeGreaterThanOrEqual(last.get(partition) ?? 0);
      last.set(partition, number);
    }
    const wrong = [...outcomes].filter(([number, told]) => {
      const count = found.get(number) ?? 0;
      const all = count === 8 * PARTITIONS;
      return told === "committed" ? !all : told === "unknown" ? !all && count !== 0 : count !== 0;
    });
    expect(wrong).toEqual([]);
    const lastCommitted = Math.max(-1, ...found.keys());
    const [committed] = await client.committedOffsets(topic);
    expect(committed?.offset ?? 0).toBe(lastCommitted + 1);
    const counts = [...outcomes.values()].reduce<Record<string, number>>((sum, told) => {
      sum[told] = (sum[told] ?? 0) + 1;
      return sum;
    }, {});
    console.log(`transactions: ${JSON.stringify(counts)}`);
  }
});

function numberedRecord(number: number): { partition: number; record: ReturnType<typeof numbered> } {
  const key = number % KEYS;
  return { partition: key % PARTITIONS, record: numbered(number, String(key)) };
}

function byPartition(
  group: readonly { partition: number; record: ReturnType<typeof numbered> }[],
): Map<number, ReturnType<typeof numbered>[]> {
  const partitions = new Map<number, ReturnType<typeof numbered>[]>();
  for (const { partition, record } of group) {
    const records = partitions.get(partition);
    if (records === undefined) partitions.set(partition, [record]);
    else records.push(record);
  }
  return partitions;
}

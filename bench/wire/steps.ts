/** The steps of a transaction, one by one, each waited for: what each costs by itself. */
import { Buffer } from "node:buffer";
import { Cluster, Deadline } from "../../runtime/kafka/wire/index.js";
import { produce } from "../../runtime/kafka/wire/protocol/produce.js";
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  txnOffsetCommit,
} from "../../runtime/kafka/wire/protocol/transactions.js";
import { encodeBatch } from "../../runtime/records/index.js";
import { median } from "../measure.js";

const CONCURRENT_TRANSACTIONS = 51;
const PARTITIONS = [0, 1, 2, 3];
const CHANNEL = "steps";

/** @returns the median of each step in milliseconds, in their order */
export async function timeSteps(bootstrap: string, topic: string, rounds: number): Promise<Map<string, number>> {
  const cluster = new Cluster({ brokers: bootstrap.split(","), clientId: "bench" });
  const transactionalId = `${topic}-steps`;
  await cluster.clusterId(new Deadline(10_000));
  const coordinator = await cluster.coordinator("transaction", transactionalId, CHANNEL);
  const group = await cluster.coordinator("group", topic, CHANNEL);
  const leaders = new Map<number, number[]>();
  for (const partition of PARTITIONS) {
    const { nodeId } = await cluster.leader({ topic, partition });
    leaders.set(nodeId, [...(leaders.get(nodeId) ?? []), partition]);
  }
  const producer = await coordinator.request(initProducerId, { transactionalId, transactionTimeoutMs: 60_000 });
  const identity = { transactionalId, producerId: producer.producerId, producerEpoch: producer.producerEpoch };
  const times = new Map<string, number[]>();
  const step = async (name: string, work: () => Promise<void>) => {
    const startedMs = performance.now();
    await work();
    const spent = times.get(name) ?? [];
    spent.push(performance.now() - startedMs);
    times.set(name, spent);
  };
  for (let round = 0; round < rounds; round++) {
    const add = () =>
      coordinator.request(addPartitionsToTxn, {
        ...identity,
        partitions: PARTITIONS.map((partition) => ({ topic, partition })),
      });
    let answer = await add();
    await step("the last transaction's markers (CONCURRENT_…)", async () => {
      while (answer[0]?.errorCode === CONCURRENT_TRANSACTIONS) answer = await add();
    });
    // Once more: the first may have waited for the markers.
    await step("AddPartitionsToTxn (already added)", async () => void (await add()));
    await step("AddOffsetsToTxn", async () => {
      await coordinator.request(addOffsetsToTxn, { ...identity, groupId: topic });
    });
    await step("TxnOffsetCommit", async () => {
      const offsets = [{ topic, partition: 0, offset: round, metadata: null }];
      const member = { groupId: topic, generationId: -1, memberId: "" };
      await group.request(txnOffsetCommit, { ...identity, ...member, offsets });
    });
    await step("Produce", async () => {
      const requests = [...leaders].map(async ([nodeId, partitions]) => {
        const connection = await cluster.connection(nodeId, CHANNEL);
        const bytes = batch(identity, round);
        const batches = partitions.map((partition) => ({ topic, partition, bytes }));
        const { partitions: written } = await connection.request(produce, {
          transactionalId,
          timeoutMs: 30_000,
          batches,
        });
        const failed = written.find(({ errorCode }) => errorCode !== 0);
        if (failed !== undefined) throw new Error(`Produce failed with ${failed.errorCode}`);
      });
      await Promise.all(requests);
    });
    await step("EndTxn", async () => {
      const { errorCode } = await coordinator.request(endTxn, { ...identity, commit: true });
      if (errorCode !== 0) throw new Error(`EndTxn failed with ${errorCode}`);
    });
  }
  await cluster.close();
  return new Map([...times].map(([name, spent]) => [name, median(spent)]));
}

function batch({ producerId, producerEpoch }: { producerId: number; producerEpoch: number }, sequence: number): Buffer {
  const record = { timestamp: Date.now(), key: null, value: Buffer.alloc(280), headers: [] };
  const producer = { id: producerId, epoch: producerEpoch, baseSequence: sequence, transactional: true };
  return encodeBatch([record], { producer });
}

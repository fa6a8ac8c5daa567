/** A history written to a real cluster by the independent client, as if by an engine, with the store of its one instance. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { onTestFinished } from "vitest";
import { RocksDb, scopedKey, withText } from "../../../runtime/rocksdb/index.js";
import { positionsKey, rowPrefix } from "../../../runtime/stores/index.js";
import { assignmentRowCodec, ContractCodec, type ContractName, positionsCodec } from "../../../schemas/index.js";
import { ConfluentSchemaRegistry } from "../../../schemas/registry/confluent.js";
import type { IndependentClient } from "../kafka/independent-client/index.js";
import type { History, LocalHistory, Written } from "./history.js";
import type { Reader } from "./reader.js";
import { POSITIONS_KEY, STORE, topicsOf } from "./topics.js";

/** Where histories are written to. */
export interface Cluster {
  readonly bootstrap: string;
  readonly registryUrl: string;
  readonly client: IndependentClient;
  readonly reader: Reader;
}

const MARK = 0x31;

export async function writeHistory(cluster: Cluster, history: History): Promise<void> {
  await createTopics(cluster, history);
  await writeTopics(cluster, history);
  await commitOffsets(cluster, history);
}

async function createTopics({ bootstrap }: Cluster, { application }: History): Promise<void> {
  const { deadLetters, ...others } = topicsOf(application);
  const numPartitions = application.partitions;
  const topics = [
    { topic: deadLetters, numPartitions: 1 },
    ...Object.values(others).map((topic) => ({ topic, numPartitions })),
  ];
  await withAdmin(bootstrap, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
}

/** The raw events as an ingress writes them, everything else in one transaction: the offsets are those of the history. */
async function writeTopics({ client, registryUrl }: Cluster, history: History): Promise<void> {
  const topics = topicsOf(history.application);
  const registry = new ConfluentSchemaRegistry({ url: registryUrl });
  const framed = async <Name extends ContractName>(topic: string, name: Name) => {
    const codec = await ContractCodec.open(name, `${topic}-value`, registry);
    return (value: unknown) => (value instanceof Uint8Array ? value : codec.encode(value as never));
  };
  await client.produce({ topic: topics.raw, records: history.raw.map((record) => toPlace(record, bytes)) });
  const producer = await client.transactional(`${history.application.applicationId}-ratchet-test`);
  const send = async (topic: string, records: readonly Written<unknown>[], encode: (value: unknown) => Uint8Array) => {
    if (records.length > 0)
      await producer.send(
        topic,
        records.map((record) => toPlace(record, encode)),
      );
  };
  await producer.begin();
  await send(topics.conversation, history.conversation, await framed(topics.conversation, "ConversationEvent"));
  await send(topics.workItem, history.workItem, await framed(topics.workItem, "WorkItemEvent"));
  await send(topics.decisions, history.decisions, await framed(topics.decisions, "AssignmentDecision"));
  await send(topics.assignments, history.assignments, await framed(topics.assignments, "QueueAssignment"));
  await send(topics.deadLetters, history.deadLetters, bytes);
  for (const record of history.changelog)
    await send(topics.changelog, [record], () => stored(record.key, record.value));
  await producer.commit();
}

const bytes = (value: unknown): Uint8Array => value as Uint8Array;

function stored(key: string | null, value: unknown): Uint8Array {
  return key === POSITIONS_KEY ? positionsCodec.encode(value as never) : assignmentRowCodec.encode(value as never);
}

function toPlace<Value>(
  { key, headers, timestampMs, partition, value }: Written<Value>,
  encode: (value: Value) => Uint8Array,
) {
  return { key, value: encode(value), headers: Object.entries(headers), timestampMs, partition };
}

async function commitOffsets({ reader }: Cluster, { committed }: History): Promise<void> {
  for (const group of new Set(committed.map((one) => one.group))) {
    const own = committed.filter((one) => one.group === group);
    await reader.commit(
      group,
      own.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
    );
  }
}

/** @returns the data folder of the instance; it goes with the test. */
export async function writeLocalStore({ local }: History): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "queue-ratchet-verifier-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const options = { cacheBytes: 1024 * 1024, writeBufferBytes: 1024 * 1024, createIfMissing: true };
  const database = await RocksDb.open(join(folder, "kafka", "db"), options);
  for (const [partition, one] of local) await writeLocalPartition(database, partition, one);
  await database.close();
  return folder;
}

async function writeLocalPartition(database: RocksDb, partition: number, { rows, positions, to }: LocalHistory) {
  const mark = Buffer.concat([Buffer.alloc(4), Buffer.from(JSON.stringify({ topicId: "", offset: to }))]);
  await database.write((batch) => {
    for (const [key, row] of rows)
      batch.put(withText(rowPrefix(STORE, partition), key), assignmentRowCodec.encode(row));
    batch.put(positionsKey("ratchet", partition), positionsCodec.encode(positions));
    batch.put(scopedKey(MARK, "ratchet", partition), mark);
  });
}

type Admin = ReturnType<Kafka["admin"]>;

async function withAdmin(bootstrap: string, use: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}

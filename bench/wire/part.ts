/** One measurement, in a process of its own: `part.js PART BOOTSTRAP TOPIC RECORDS` prints a line of JSON. */
import { Buffer } from "node:buffer";
import { Partitioners } from "kafkajs";
import { Cluster, IdempotentWriter, Reader } from "../../runtime/kafka/wire/index.js";
import type { BatchRecord } from "../../runtime/records/index.js";
import { kafkajs } from "./cluster.js";

export const PARTITIONS = 12;
/** With a key of 20 bytes, a record of 300. */
const VALUE = Buffer.alloc(280, "queue-ratchet ");
const WRITE_RECORDS = 500;
const IN_FLIGHT = 64;

export interface Measured {
  readonly perSecond: number;
  /** User and system time, for a million records. */
  readonly cpuSeconds: number;
}

type Work = (bootstrap: string, topic: string, records: number) => Promise<() => Promise<void>>;

const PARTS: Readonly<Record<string, Work>> = {
  async write(bootstrap, topic, records) {
    const cluster = new Cluster({ brokers: bootstrap.split(","), clientId: "bench" });
    const writer = await IdempotentWriter.open(cluster);
    return async () => {
      const window: Promise<unknown>[] = [];
      for (let sent = 0; sent < records; sent += WRITE_RECORDS) {
        const partition = (sent / WRITE_RECORDS) % PARTITIONS;
        window.push(writer.send({ topic, partition, records: someRecords(sent) }));
        if (window.length >= IN_FLIGHT) await window.shift();
      }
      await writer.flush();
      await cluster.close();
    };
  },
  async "write-kafkajs"(bootstrap, topic, records) {
    const producer = kafkajs(bootstrap).producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    return async () => {
      const window: Promise<unknown>[] = [];
      for (let sent = 0; sent < records; sent += WRITE_RECORDS) {
        const partition = (sent / WRITE_RECORDS) % PARTITIONS;
        const messages = someRecords(sent).map(({ key, timestamp }) => ({
          key: Buffer.from(key ?? []),
          value: VALUE,
          timestamp: String(timestamp),
          partition,
        }));
        window.push(producer.send({ topic, messages, acks: -1 }));
        if (window.length >= PARTITIONS) await window.shift();
      }
      await Promise.all(window);
      await producer.disconnect();
    };
  },
  async read(bootstrap, topic, records) {
    const cluster = new Cluster({ brokers: bootstrap.split(","), clientId: "bench" });
    await cluster.leader({ topic, partition: 0 });
    return async () => {
      const reader = new Reader(cluster, { isolation: "read_committed" });
      for (let partition = 0; partition < PARTITIONS; partition++) reader.assign({ topic, partition }, 0);
      let bytes = 0;
      for (let left = records; left > 0; ) {
        const page = await reader.next();
        for (const { key, value } of page.records) bytes += (key?.length ?? 0) + (value?.length ?? 0);
        left -= page.records.length;
      }
      if (bytes < records * VALUE.length) throw new Error(`only ${bytes} bytes came`);
      await cluster.close();
    };
  },
  async "read-kafkajs"(bootstrap, topic, records) {
    const consumer = kafkajs(bootstrap).consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
    let left = records;
    let all: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      all = resolve;
    });
    let bytes = 0;
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: async ({ batch }) => {
        for (const { key, value } of batch.messages) bytes += (key?.length ?? 0) + (value?.length ?? 0);
        left -= batch.messages.length;
        if (left <= 0) all();
      },
    });
    // From here on only reading is measured.
    await joined;
    return async () => {
      await done;
      if (bytes < records * VALUE.length) throw new Error(`only ${bytes} bytes came`);
      await consumer.disconnect();
    };
  },
};

function someRecords(from: number): BatchRecord[] {
  const now = Date.now();
  return Array.from({ length: WRITE_RECORDS }, (_, index) => ({
    timestamp: now,
    key: Buffer.from(String(from + index).padStart(20, "0")),
    value: VALUE,
    headers: [],
  }));
}

const [, , part = "", bootstrap = "", topic = "", count = ""] = process.argv;
const work = await PARTS[part]?.(bootstrap, topic, Number(count));
if (work === undefined) throw new Error(`no such part: ${part}`);
const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
await work();
const seconds = (performance.now() - startedMs) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const measured: Measured = {
  perSecond: Number(count) / seconds,
  cpuSeconds: (cpu.user + cpu.system) / Number(count),
};
console.log(JSON.stringify(measured));
process.exit(0);

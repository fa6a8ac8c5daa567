/**
 * `npm run bench:transactions`: what a transaction costs, which fixes the engine's shape: transactions per second by the number of
 * transactional ids and of partitions, and the time of each step. SECONDS per case, RUNS of each, BROKERS (1, 3 or "1,3").
 */
import { Buffer } from "node:buffer";
import { Cluster, TransactionalWriter } from "../runtime/kafka/wire/index.js";
import { formatNumber, median } from "./measure.js";
import { benchCluster, createTopics } from "./wire/cluster.js";
import { timeSteps } from "./wire/steps.js";

const SECONDS = Number(process.env.SECONDS ?? 3);
const RUNS = Number(process.env.RUNS ?? 3);
const BROKERS = (process.env.BROKERS ?? "1,3").split(",").map(Number);
const PARTITIONS = 48;
const RECORD = { key: Buffer.from("conversation"), value: Buffer.alloc(280), headers: [] };

interface Case {
  /** Writers at the same time. */
  readonly ids: number;
  /** Partitions that each writes to, in each transaction. */
  readonly partitions: number;
  readonly records: number;
  /** Whether the writers share their connections. */
  readonly shared?: boolean;
}

const CASES: readonly Case[] = [
  ...[1, 4, 12, 48].map((ids) => ({ ids, partitions: 4, records: 1 })),
  { ids: 12, partitions: 4, records: 1, shared: true },
  { ids: 48, partitions: 4, records: 1, shared: true },
  ...[1, 4, 12, 48].map((partitions) => ({ ids: 1, partitions, records: 1 })),
  { ids: 1, partitions: 48, records: 100 },
  { ids: 12, partitions: 4, records: 100 },
];

interface Load {
  readonly bootstrap: string;
  readonly topic: string;
  readonly groupId: string;
}

async function transactionsPerSecond(load: Load, { ids, partitions, records, shared = false }: Case): Promise<number> {
  const cluster = new Cluster({ brokers: load.bootstrap.split(","), clientId: "bench" });
  const writers = await Promise.all(
    Array.from({ length: ids }, (_, index) =>
      TransactionalWriter.open(cluster, {
        transactionalId: `${load.topic}-${index}`,
        transactionTimeoutMs: 60_000,
        ...(shared ? { channel: "shared" } : {}),
      }),
    ),
  );
  const untilMs = performance.now() + SECONDS * 1000;
  const startedMs = performance.now();
  let count = 0;
  await Promise.all(
    writers.map(async (writer, index) => {
      while (performance.now() < untilMs) {
        const timestamp = Date.now();
        writer.begin();
        const member = { groupId: load.groupId, generationId: -1, memberId: "" };
        void writer.sendOffsets({
          ...member,
          offsets: [{ topic: load.topic, partition: index, offset: count, metadata: null }],
        });
        for (let part = 0; part < partitions; part++) {
          const partition = (index * partitions + part) % PARTITIONS;
          void writer.send({
            topic: load.topic,
            partition,
            records: Array.from({ length: records }, () => ({ ...RECORD, timestamp })),
          });
        }
        await writer.commit();
        count++;
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  await cluster.close();
  return count / seconds;
}

for (const brokers of BROKERS) {
  const { bootstrap, stop } = await benchCluster(brokers === 3 ? 3 : 1);
  try {
    const topic = `bench-transactions-${process.pid}`;
    await createTopics(bootstrap, { [topic]: PARTITIONS });
    const load = { bootstrap, topic, groupId: topic };
    console.log(`\n${brokers} broker(s); transactions with offsets; medians of ${RUNS} runs of ${SECONDS} s`);
    console.log("ids  partitions each  records each  connections  transactions/s  partitions/s  records/s");
    for (const one of CASES) {
      const rates: number[] = [];
      for (let round = 0; round < RUNS; round++) rates.push(await transactionsPerSecond(load, one));
      const rate = median(rates);
      const cells = [
        String(one.ids).padStart(3),
        String(one.partitions).padStart(16),
        String(one.records).padStart(13),
        (one.shared === true ? "shared" : "own").padStart(12),
        formatNumber(rate).padStart(15),
        formatNumber(rate * one.partitions).padStart(13),
        formatNumber(rate * one.partitions * one.records).padStart(10),
      ];
      console.log(cells.join(" "));
    }
    console.log("\nsteps of one transaction over 4 partitions, medians (ms):");
    for (const [step, ms] of await timeSteps(bootstrap, topic, 200))
      console.log(`  ${step.padEnd(45)} ${ms.toFixed(2)}`);
  } finally {
    await stop();
  }
}

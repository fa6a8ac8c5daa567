/**
 * `npm run bench:wire`: records of 300 bytes written and read, beside kafkajs' own producer and consumer in the same run, in
 * turns. RECORDS and RUNS make it shorter or longer; KAFKA_BROKERS names brokers to use instead of those it starts.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { formatNumber, formatRate, median } from "./measure.js";
import { benchCluster, createTopics } from "./wire/cluster.js";
import type { Measured } from "./wire/part.js";

const RECORDS = Number(process.env.RECORDS ?? 1_000_000);
const RUNS = Number(process.env.RUNS ?? 5);
const PARTITIONS = 12;
const PART_PROGRAM = fileURLToPath(new URL("wire/part.js", import.meta.url));

const run = promisify(execFile);

async function measure(part: string, bootstrap: string, topic: string): Promise<Measured> {
  const { stdout } = await run(process.execPath, [PART_PROGRAM, part, bootstrap, topic, String(RECORDS)]);
  const measured: Measured = JSON.parse(stdout);
  return measured;
}

function report(name: string, ours: readonly Measured[], theirs: readonly Measured[]): void {
  const cpu = (all: readonly Measured[]) =>
    `${median(all.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2)} s of CPU a million`;
  const rate = (all: readonly Measured[]) => all.map(({ perSecond }) => perSecond);
  console.log(`${name}:`);
  console.log(`  queue-ratchet ${formatRate(rate(ours), "records")}, ${cpu(ours)}`);
  console.log(`  kafkajs       ${formatRate(rate(theirs), "records")}, ${cpu(theirs)}`);
  console.log(`  ${(median(rate(ours)) / median(rate(theirs))).toFixed(1)} times kafkajs`);
}

const { bootstrap, stop } = await benchCluster(1);
try {
  const results: Record<string, Measured[]> = { write: [], "write-kafkajs": [], read: [], "read-kafkajs": [] };
  for (let round = 0; round < RUNS; round++) {
    const topics = {
      [`bench-ours-${process.pid}-${round}`]: PARTITIONS,
      [`bench-kafkajs-${process.pid}-${round}`]: PARTITIONS,
    };
    await createTopics(bootstrap, topics);
    const [ours = "", theirs = ""] = Object.keys(topics);
    results.write?.push(await measure("write", bootstrap, ours));
    results["write-kafkajs"]?.push(await measure("write-kafkajs", bootstrap, theirs));
    results.read?.push(await measure("read", bootstrap, ours));
    results["read-kafkajs"]?.push(await measure("read-kafkajs", bootstrap, ours));
  }
  console.log(
    `${formatNumber(RECORDS)} records of 300 bytes, ${PARTITIONS} partitions, 1 broker, ${RUNS} runs in turns`,
  );
  report("writing (acks of all replicas)", results.write ?? [], results["write-kafkajs"] ?? []);
  report("reading", results.read ?? [], results["read-kafkajs"] ?? []);
} finally {
  await stop();
}

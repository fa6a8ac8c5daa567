/**
 * `npm run bench:kafka`: the service on a real broker, exactly once and at least once in turns. Throughput: a backlog that is
 * there when it starts. Latency: a steady flow. EVENTS, CONVERSATIONS, PARTITIONS, RUNS, PER_SECOND, SECONDS, WARM_UP_SECONDS
 * and GUARANTEES make it another one; SECONDS=0 or EVENTS=0 leaves a part out. SERVICE_FLAGS go to the service's node, such as
 * `--cpu-prof --cpu-prof-dir=FOLDER`. For Linux.
 */
import type { Guarantee } from "./kafka/application.js";
import { type Latency, measureLatency } from "./kafka/latency.js";
import { KAFKA_STREAMS } from "./kafka/reference.js";
import { type Column, mib, printMachine, printTable } from "./kafka/report.js";
import { type Servers, startServers } from "./kafka/servers.js";
import { measureThroughput, type Throughput } from "./kafka/throughput.js";
import { formatNumber } from "./measure.js";

const EVENTS = Number(process.env.EVENTS ?? 1_000_000);
const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 50_000);
const PARTITIONS = Number(process.env.PARTITIONS ?? 4);
const RUNS = Number(process.env.RUNS ?? 3);
const PER_SECOND = Number(process.env.PER_SECOND ?? 1_000);
const SECONDS = Number(process.env.SECONDS ?? 60);
const WARM_UP_SECONDS = Number(process.env.WARM_UP_SECONDS ?? 10);
const GUARANTEES = (process.env.GUARANTEES ?? "exactly_once,at_least_once").split(",") as Guarantee[];
const NODE_FLAGS = (process.env.SERVICE_FLAGS ?? "").split(" ").filter((flag) => flag !== "");

const SHARED = { conversations: CONVERSATIONS, partitions: PARTITIONS, nodeFlags: NODE_FLAGS };
const MILLION = 1_000_000;

const perMillion = (seconds: number) => (seconds / EVENTS) * MILLION;

const THROUGHPUT: readonly Column<Throughput>[] = [
  { title: "events/s", of: ({ perSecond }) => perSecond, digits: 0 },
  { title: "CPU s/million", of: ({ cpuSeconds }) => perMillion(cpuSeconds), digits: 1 },
  { title: "broker CPU s", of: ({ brokerCpuSeconds }) => perMillion(brokerCpuSeconds), digits: 1 },
  { title: "others' CPU s", of: ({ otherCpuSeconds }) => perMillion(otherCpuSeconds), digits: 1 },
  { title: "peak MiB", of: ({ peakBytes }) => mib(peakBytes), digits: 0 },
  { title: "start ms", of: ({ startMs }) => startMs, digits: 0 },
  { title: "start CPU s", of: ({ startCpuSeconds }) => startCpuSeconds, digits: 1 },
  { title: "decisions", of: ({ decisions }) => decisions, digits: 0 },
];

const LATENCY: readonly Column<Latency>[] = [
  { title: "p50 ms", of: ({ p50Ms }) => p50Ms, digits: 1 },
  { title: "p99 ms", of: ({ p99Ms }) => p99Ms, digits: 1 },
  { title: "max ms", of: ({ maxMs }) => maxMs, digits: 0 },
  { title: "events", of: ({ events }) => events, digits: 0 },
  { title: "CPU share %", of: ({ cpuSeconds }) => (cpuSeconds / SECONDS) * 100, digits: 0 },
  { title: "peak MiB", of: ({ peakBytes }) => mib(peakBytes), digits: 0 },
];

/** In turns, so that what else the machine does falls on both alike. */
async function inTurns<Row>(measure: (guarantee: Guarantee) => Promise<Row>): Promise<(readonly [string, Row])[]> {
  const rows: (readonly [string, Row])[] = [];
  for (let round = 0; round < RUNS; round++) {
    for (const guarantee of GUARANTEES) {
      const row = await measure(guarantee);
      rows.push([guarantee, row]);
      console.error(`${new Date().toISOString()} ${guarantee}, run ${round + 1}: ${JSON.stringify(row)}`);
    }
  }
  return rows;
}

async function benchThroughput(servers: Servers): Promise<void> {
  const runs = await inTurns((guarantee) => measureThroughput(servers, { guarantee, events: EVENTS, ...SHARED }));
  console.log(
    `\nthroughput: ${formatNumber(EVENTS)} normalised events over ${formatNumber(CONVERSATIONS)} conversations in`,
    `${PARTITIONS} partitions, written before the service starts; from when it is given its partitions until its offsets`,
    "are committed behind the last event (looked at every 20 ms), which is with the outputs or after them. Then the",
    "committed decisions are read: one of each event, or this fails. CPU in that time, for a million events.",
  );
  printTable(THROUGHPUT, runs);
  const { version, eventsPerSecond, cpuSecondsPerMillion, peakMib } = KAFKA_STREAMS;
  console.log(
    `Kafka Streams ${version}, measured elsewhere and not in this run: ${formatNumber(eventsPerSecond.exactly_once)}`,
    `events/s exactly once, ${formatNumber(eventsPerSecond.at_least_once)} at least once, ${cpuSecondsPerMillion} CPU s a`,
    `million, ${peakMib} MiB`,
  );
}

async function benchLatency(servers: Servers): Promise<void> {
  const load = { perSecond: PER_SECOND, seconds: SECONDS, warmUpSeconds: WARM_UP_SECONDS };
  const runs = await inTurns((guarantee) => measureLatency(servers, { guarantee, ...load, ...SHARED }));
  console.log(
    `\nlatency: ${formatNumber(PER_SECOND)} events/s for ${SECONDS} s after ${WARM_UP_SECONDS} s to warm up, over`,
    `${formatNumber(CONVERSATIONS)} conversations that are all known; from just before an event is handed to its writer`,
    "to when a read_committed reader in another process has its decision",
  );
  printTable(LATENCY, runs);
  const { version, latency } = KAFKA_STREAMS;
  console.log(
    `Kafka Streams ${version}, measured elsewhere and not in this run: p50 ${latency.p50Ms} ms, p99 ${latency.p99Ms} ms`,
  );
}

printMachine();
const servers = await startServers();
try {
  if (EVENTS > 0) await benchThroughput(servers);
  if (SECONDS > 0) await benchLatency(servers);
} finally {
  await servers.stop();
}

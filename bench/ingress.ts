/**
 * `npm run bench:ingress`: webhooks per second and how long each takes until its 202, which is given when it is durable. Signed
 * Kustomer webhooks of 1 to 2 KB over kept connections, closed loop, while what comes in is processed; on the embedded engine, on
 * Kafka where that can run, and for comparison a server that does nothing but answer. SECONDS, RUNS and CONNECTIONS change it.
 */
import { Load } from "../test/support/http/load.js";
import type { LoadReport } from "../test/support/http/load-protocol.js";
import { missingForKafka, startOnKafka, stopServers } from "./ingress/kafka.js";
import { SECRET, startPeer, startService, type Target } from "./ingress/service.js";
import { formatNumber, formatRate, median } from "./measure.js";

const SECONDS = Number(process.env.SECONDS ?? 8);
const RUNS = Number(process.env.RUNS ?? 3);
const CONNECTIONS = (process.env.CONNECTIONS ?? "1,16,64,256,512").split(",").map(Number);
const WARM_SECONDS = 3;
const WARM_CONNECTIONS = 64;
const CONVERSATIONS = 50_000;

interface Contender {
  readonly name: string;
  start(run: number): Promise<Target>;
}

/** By the number of connections, a report of each run. */
type Reports = Map<number, LoadReport[]>;

async function load({ host, port }: Target, connections: number, seconds: number, from: number): Promise<LoadReport> {
  const pace = { kind: "closed", connections } as const;
  const options = { host, port, secret: SECRET, pace, seconds, firstNumber: from, conversations: CONVERSATIONS };
  return new Load(options).report();
}

/** One run: a service of its own, warmed up, at each number of connections. */
async function measure(contender: Contender, run: number, reports: Reports): Promise<void> {
  const target = await contender.start(run);
  try {
    let { sent } = await load(target, WARM_CONNECTIONS, WARM_SECONDS, 0);
    for (const connections of CONNECTIONS) {
      const report = await load(target, connections, SECONDS, sent);
      sent += report.sent;
      reports.set(connections, [...(reports.get(connections) ?? []), report]);
    }
  } finally {
    await target.stop();
  }
}

function show(name: string, reports: Reports): void {
  console.log(name);
  for (const [connections, runs] of reports) {
    const rates = runs.map(({ statuses, elapsedMs }) => ((statuses[202] ?? 0) / elapsedMs) * 1_000);
    const middle = (of: (report: LoadReport) => number) => median(runs.map(of)).toFixed(1);
    const { p50, p99, p999 } = {
      p50: middle(({ latencyMs }) => latencyMs.p50),
      p99: middle(({ latencyMs }) => latencyMs.p99),
      p999: middle(({ latencyMs }) => latencyMs.p999),
    };
    const others = runs.reduce((sum, { sent, statuses }) => sum + sent - (statuses[202] ?? 0), 0);
    console.log(
      `  ${formatNumber(connections)} connections: ${formatRate(rates, "requests")}; p50 ${p50} ms, p99 ${p99} ms, p99.9 ${p999} ms` +
        (others === 0 ? "" : `; ${formatNumber(others)} were not accepted`),
    );
  }
}

const missing = missingForKafka();
const contenders: Contender[] = [
  { name: "embedded engine", start: () => startService() },
  ...(missing.length === 0 ? [{ name: "Kafka, one broker of its own", start: startOnKafka }] : []),
  { name: "a server that verifies nothing, keeps nothing and answers at once", start: startPeer },
];
if (missing.length > 0) console.log(`without Kafka: ${missing.join("; ")}`);
const measured = new Map<Contender, Reports>(contenders.map((contender) => [contender, new Map()]));
try {
  // In turns: what else the machine does hits all of them.
  for (let run = 0; run < RUNS; run++)
    for (const [contender, reports] of measured) await measure(contender, run, reports);
  for (const [{ name }, reports] of measured) show(name, reports);
} finally {
  await stopServers();
}

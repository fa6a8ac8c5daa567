/**
 * `npm run bench:embedded`: events per second, and memory, of the embedded engine on a new folder, everything durable. Each run is
 * a process of its own. EVENTS (normalised), RAW (bodies), SCALE (per number of conversations) and RUNS make it shorter.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openEngine, run } from "./engine.js";
import type { FeedKind } from "./feed.js";
import { formatNumber, formatRate, median } from "./measure.js";

const EVENTS = Number(process.env.EVENTS ?? 1_000_000);
const RAW = Number(process.env.RAW ?? 200_000);
const SCALE = Number(process.env.SCALE ?? 300_000);
const RUNS = Number(process.env.RUNS ?? 3);
const CONVERSATIONS = 50_000;
/** Memory is looked at after so many events, and at the end. */
const WARM_EVENTS = 100_000;

interface Workload {
  readonly kind: FeedKind;
  readonly conversations: number;
  readonly count: number;
}

interface Measured {
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** How long the making of the records took, which is in none of the rates. */
  readonly makingMs: number;
  readonly warmBytes: number;
  readonly endBytes: number;
  readonly peakBytes: number;
}

async function measure(workload: Workload): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "queue-ratchet-bench-"));
  try {
    const benched = await openEngine(folder);
    let warmBytes = 0;
    const { bytes, elapsedMs, makingMs } = await run(benched, workload.kind, workload, (appended) => {
      if (appended <= WARM_EVENTS) warmBytes = Math.max(warmBytes, process.memoryUsage.rss());
    });
    const endBytes = process.memoryUsage.rss();
    await benched.engine.stop();
    return {
      eventsPerSecond: workload.count / (elapsedMs / 1_000),
      bytesPerSecond: bytes / (elapsedMs / 1_000),
      makingMs,
      warmBytes,
      endBytes,
      peakBytes: process.resourceUsage().maxRSS * 1_024,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error when the process fails. */
async function measureApart(workload: Workload): Promise<Measured> {
  const file = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [...process.execArgv, file, JSON.stringify(workload)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  return JSON.parse(output);
}

async function report(title: string, workload: Workload, runs: number): Promise<void> {
  const measured: Measured[] = [];
  for (let count = 0; count < runs; count++) measured.push(await measureApart(workload));
  const rates = measured.map(({ eventsPerSecond }) => eventsPerSecond);
  const middle = (of: (one: Measured) => number) => median(measured.map(of));
  console.log(`${title}: ${formatRate(rates, "events")}`);
  console.log(
    `  ${megabytes(middle((one) => one.bytesPerSecond))}/s; memory (RSS): peak ${megabytes(middle((one) => one.peakBytes))},`,
    `in the first ${formatNumber(WARM_EVENTS)} events ${megabytes(middle((one) => one.warmBytes))},`,
    `at the end ${megabytes(middle((one) => one.endBytes))};`,
    `making the records took ${(middle((one) => one.makingMs) / 1_000).toFixed(1)} s beside that`,
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const [, , workload] = process.argv;
if (workload === undefined) {
  const normalised = { kind: "normalised", conversations: CONVERSATIONS, count: EVENTS } as const;
  await report(
    `normalised, ${formatNumber(EVENTS)} over ${formatNumber(CONVERSATIONS)} conversations`,
    normalised,
    RUNS,
  );
  const raw = { kind: "raw", conversations: CONVERSATIONS, count: RAW } as const;
  await report(`raw Kustomer bodies, ${formatNumber(RAW)}`, raw, RUNS);
  for (const conversations of [10_000, 100_000, 1_000_000]) {
    const scaled = { kind: "normalised", conversations, count: SCALE } as const;
    await report(`normalised, ${formatNumber(SCALE)} over ${formatNumber(conversations)} conversations`, scaled, 1);
  }
} else {
  console.log(JSON.stringify(await measure(JSON.parse(workload))));
}

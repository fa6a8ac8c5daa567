/**
 * `npm run bench:recovery`: a partition whose store has a million conversations, in a slow stream of new events: kill -9 and start
 * again, and kill -9 while another instance stands by, once with an empty folder and once with a copy of its own from before.
 * CONVERSATIONS, PER_SECOND, SESSION_TIMEOUT_MS and RUNS (of the restart) make it another one. For Linux.
 */
import { Application } from "./kafka/application.js";
import { KAFKA_STREAMS } from "./kafka/reference.js";
import { type Column, mib, printMachine, printTable } from "./kafka/report.js";
import { type Servers, startServers } from "./kafka/servers.js";
import type { Service } from "./kafka/service.js";
import { formatNumber } from "./measure.js";
import { join, owns, type Recovered, restart, type Scene, startService, takeOver } from "./recovery/cases.js";
import { Flow } from "./recovery/flow.js";

const CONVERSATIONS = Number(process.env.CONVERSATIONS ?? 1_000_000);
const PER_SECOND = Number(process.env.PER_SECOND ?? 100);
const SESSION_TIMEOUT_MS = Number(process.env.SESSION_TIMEOUT_MS ?? 6_000);
const RUNS = Number(process.env.RUNS ?? 3);
const PARTITIONS = 1;

const COLUMNS: readonly Column<Recovered>[] = [
  { title: "decides ms", of: ({ decidedMs }) => decidedMs, digits: 0 },
  { title: "assigned ms", of: ({ assignedMs }) => assignedMs, digits: 0 },
  { title: "records read", of: ({ recordsRead }) => recordsRead, digits: 0 },
  { title: "of changelog", of: ({ changelogRecords }) => changelogRecords, digits: 0 },
  { title: "share %", of: ({ recordsRead, changelogRecords }) => (recordsRead / changelogRecords) * 100, digits: 3 },
  { title: "restore ms", of: ({ restoreMs }) => restoreMs, digits: 0 },
  {
    title: "rows/s",
    of: ({ recordsRead, restoreMs }) => (restoreMs > 0 ? recordsRead / (restoreMs / 1_000) : 0),
    digits: 0,
  },
  { title: "CPU s", of: ({ cpuSeconds }) => cpuSeconds, digits: 1 },
  { title: "peak MiB", of: ({ peakBytes }) => mib(peakBytes), digits: 0 },
];

type Run = readonly [string, Recovered];

async function restarts(scene: Scene, first: Service, folder: string): Promise<[Service, Run[]]> {
  const runs: Run[] = [];
  let service = first;
  for (let round = 0; round < RUNS; round++) {
    const [again, took] = await restart(scene, service, folder);
    service = again;
    runs.push(tell(["restart", took]));
  }
  return [service, runs];
}

/** The one that was killed comes back on its folder, and is the one that stands by, or the owner: each has a copy by then. */
async function takeovers(scene: Scene, owner: Service, folder: string): Promise<Run[]> {
  const other = startService(scene, scene.application.newFolder());
  await join(scene, other);
  mustOwn(owner);
  const empty = tell(["takeover, empty folder", await takeOver(scene, owner, other)]);
  const back = startService(scene, folder);
  await join(scene, back);
  const [killed, left] = owns(back) ? [back, other] : [other, back];
  const copy = tell(["takeover, with a copy", await takeOver(scene, killed, left)]);
  await left.stop();
  return [empty, copy];
}

/** At once: the whole takes a while. */
function tell(run: Run): Run {
  console.error(`${new Date().toISOString()} ${JSON.stringify(run)}`);
  return run;
}

function mustOwn(service: Service): void {
  if (!owns(service)) throw new Error("the partition went to the instance that has nothing of it");
}

async function bench(servers: Servers): Promise<void> {
  const application = await Application.make(servers, PARTITIONS);
  const flow = await Flow.start(application, { conversations: CONVERSATIONS, perSecond: PER_SECOND });
  const scene: Scene = { application, flow, sessionTimeoutMs: SESSION_TIMEOUT_MS };
  const watch = await flow.watch(application);
  try {
    const folder = application.newFolder();
    const first = startService(scene, folder);
    await flow.caughtUp();
    const [last, runs] = await restarts(scene, first, folder);
    runs.push(...(await takeovers(scene, last, folder)));
    show(runs);
  } finally {
    flow.stop();
    await watch.stop();
    await application.remove();
  }
}

function show(runs: readonly Run[]): void {
  console.log(
    `\nrecovery: ${formatNumber(CONVERSATIONS)} conversations in the store of one partition, ${PER_SECOND} new events/s, session`,
    `timeout ${formatNumber(SESSION_TIMEOUT_MS)} ms, kill -9. From the start of the process (restart) or from the kill`,
    "(takeover) to the first committed decision of an event that was produced after it, as a read_committed reader sees it.",
    "The changelog in offsets.",
  );
  printTable(COLUMNS, runs);
  const { version, recoverySeconds } = KAFKA_STREAMS;
  console.log(
    `Kafka Streams ${version}, measured elsewhere and not in this run: ${recoverySeconds.defaultTimeout} s with the default`,
    `session timeout, ${recoverySeconds.shortTimeout} s with one of 10 s`,
  );
}

printMachine();
const servers = await startServers();
try {
  await bench(servers);
} finally {
  await servers.stop();
}

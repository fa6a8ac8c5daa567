/** I6 and I7: an application that nobody disturbs any more comes to rest, in bounded time. */
import { kafkaTool } from "../kafka/cluster/index.js";
import { until } from "../kafka/processes/index.js";
import type { Reader } from "./reader.js";
import type { Unread } from "./records.js";
import { type Application, groupOf, SUB_TOPOLOGIES, sourcesOf, topicsOf } from "./topics.js";
import type { Findings } from "./violations.js";

const ASKED_EVERY_MS = 300;

/** I6. @returns how long it took (ms); null when it was not in time */
export async function awaitNoLag(
  findings: Findings,
  reader: Reader,
  application: Application,
  withinMs: number,
): Promise<number | null> {
  const startMs = performance.now();
  let unread: readonly Unread[] = [];
  const caughtUp = await until(
    async () => {
      unread = await unreadOf(reader, application);
      return unread.length === 0;
    },
    withinMs,
    ASKED_EVERY_MS,
  );
  for (const { topic, partition, committed, next, end } of unread) {
    const what = `not processed ${withinMs} ms after the last fault`;
    findings.violation({
      invariant: "I6",
      where: `${topic}:${partition}:${next}`,
      what,
      expected: end,
      found: committed,
    });
  }
  findings.checked("sources without lag", caughtUp ? 1 : 0);
  return caughtUp ? performance.now() - startMs : null;
}

/** Of the first sub-topology that has some: what comes after it waits for it. */
async function unreadOf(reader: Reader, application: Application): Promise<readonly Unread[]> {
  for (const subTopology of SUB_TOPOLOGIES) {
    const unread = await reader.unread(groupOf(application, subTopology), sourcesOf(application, subTopology));
    if (unread.length > 0) return unread;
  }
  return [];
}

/** I7: one of a dead instance ends with its timeout, at the latest. */
export async function awaitNoTransactions(
  findings: Findings,
  reader: Reader,
  application: Application,
  bootstrap: string,
  withinMs: number,
): Promise<void> {
  let unstable: readonly string[] = [];
  let open: Awaited<ReturnType<typeof openTransactions>> = [];
  await until(
    async () => {
      unstable = await unstablePartitions(findings, reader, application);
      if (unstable.length > 0) return false;
      // One that holds no records yet shows in no partition.
      open = await openTransactions(findings, application, bootstrap);
      return open.length === 0;
    },
    withinMs,
    ASKED_EVERY_MS,
  );
  if (unstable.length > 0) open = await openTransactions(findings, application, bootstrap);
  for (const where of unstable)
    findings.violation({ invariant: "I7", where, what: `records of an open transaction after ${withinMs} ms` });
  for (const { transactionalId, state } of open) {
    const what = "state of its transaction";
    findings.violation({ invariant: "I7", where: transactionalId, what, expected: ENDED, found: state });
  }
}

/** Those whose last stable offset is not their end. */
async function unstablePartitions(findings: Findings, reader: Reader, application: Application): Promise<string[]> {
  const unstable: string[] = [];
  for (const topic of Object.values(topicsOf(application))) {
    const [stable, all] = await Promise.all([
      reader.watermarks(topic, "read_committed"),
      reader.watermarks(topic, "read_uncommitted"),
    ]);
    for (const { partition, high } of all) {
      const stableEnd = stable.find((one) => one.partition === partition)?.high;
      if (stableEnd !== high) unstable.push(`${topic}:${partition}: stable up to ${stableEnd}, ends at ${high}`);
    }
    findings.checked("partitions without open transactions", all.length);
  }
  return unstable;
}

/** As Kafka's own tool names them. */
const ENDED: readonly string[] = ["Empty", "CompleteCommit", "CompleteAbort", "Dead"];

/** Those of the application, as Kafka's own tool lists them. */
async function openTransactions(findings: Findings, { applicationId }: Application, bootstrap: string) {
  const args = ["--bootstrap-server", bootstrap, "list"];
  const { stdout } = await kafkaTool("org.apache.kafka.tools.TransactionsCommand", args);
  const own = stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .map(([transactionalId = "", , , state = ""]) => ({ transactionalId, state }))
    .filter(({ transactionalId }) => transactionalId.startsWith(`${applicationId}-`));
  findings.checked("transactional ids", own.length);
  return own.filter(({ state }) => !ENDED.includes(state));
}

/**
 * Ends transactions that an instance left open when it died. They hold up whoever reads the partitions in them, and whoever takes
 * over its tasks, until they time out. A transaction that holds a partition of ours and is not ours can only be such a one, or one
 * that is about to fail: its writer is no longer the one to commit for the partition.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { EngineLog } from "../engine-options.js";
import {
  type Cluster,
  Deadline,
  endTransaction,
  type OpenTransaction,
  openTransactions,
  type TopicPartition,
} from "../wire/index.js";

export interface StaleTransactionsOptions {
  /** Of the transactional ids of all instances that do the same. */
  readonly prefix: string;
  /** Of this instance. */
  readonly ownId: string;
  readonly deadlineMs: number;
  readonly log: EngineLog;
}

const CHANNEL = "stale-transactions";
const OFFSETS_TOPIC = "__consumer_offsets";
/** Nothing but offsets: whose they are cannot be seen. A living instance's transaction does not take so long. */
const OFFSETS_ONLY_AFTER_MS = 3_000;

/** @returns how many were ended. @throws WireError */
export async function endStaleTransactions(
  cluster: Cluster,
  places: readonly TopicPartition[],
  { prefix, ownId, deadlineMs, log }: StaleTransactionsOptions,
): Promise<number> {
  const deadline = new Deadline(deadlineMs);
  const open = await openTransactions(cluster, { prefix, deadline, channel: CHANNEL });
  const stale = open.filter((one) => one.transactionalId !== ownId && isStale(one, places));
  for (const { transactionalId, startedAtMs } of stale) {
    log("info", "a transaction that another instance left open is ended", {
      transactionalId,
      openForMs: Date.now() - startedAtMs,
    });
    await endTransaction(cluster, transactionalId, { deadline, channel: CHANNEL });
  }
  return stale.length;
}

function isStale({ partitions, startedAtMs }: OpenTransaction, places: readonly TopicPartition[]): boolean {
  const outputs = partitions.filter(({ topic }) => topic !== OFFSETS_TOPIC);
  if (outputs.length === 0) return Date.now() - startedAtMs > OFFSETS_ONLY_AFTER_MS;
  return outputs.some((one) =>
    places.some(({ topic, partition }) => topic === one.topic && partition === one.partition),
  );
}

/** Waits for `work`; while that takes long, ends what may hold it up. @throws what `work` throws */
export async function endingStaleTransactions<T>(
  work: Promise<T>,
  end: () => Promise<unknown>,
  everyMs: number,
): Promise<T> {
  const over = new AbortController();
  const looking = lookEvery(everyMs, end, over.signal);
  try {
    return await work;
  } finally {
    over.abort();
    await looking;
  }
}

async function lookEvery(everyMs: number, look: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    // What goes wrong with this only costs time: the transactions time out by themselves.
    await Promise.race([look().catch(() => undefined), aborted(signal)]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

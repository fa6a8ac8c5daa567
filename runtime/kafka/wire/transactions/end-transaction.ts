/** Ends the transaction of a writer that will not do it any more. */
import type { Cluster } from "../cluster.js";
import type { Deadline } from "../deadline.js";
import { fenceWriters } from "../writer/transactional.js";

/**
 * Nothing is written under it, but for as long the coordinator waits until its own log is replicated: 1 ms, of which Java's admin
 * client thought well, fails on busy brokers (KAFKA-16047). Brokers with a transaction.max.timeout.ms below it refuse it.
 */
const TRANSACTION_TIMEOUT_MS = 10_000;

export interface EndTransactionOptions {
  readonly deadline: Deadline;
  readonly channel: string;
}

/**
 * Fences the writer of the id, be it dead or alive, and ends its transaction: aborts it, or completes it when its commit had been
 * decided. It resolves when the coordinator has the marker in every partition: readers go on, offsets are stable. Where no
 * transaction is open, it only fences; where there is no such id, there is one afterwards, until it expires. Several may call
 * it for one id at a time.
 * @throws DeadlineError: a request that is under way then may still fence. RefusedError (ids that we may not write under, for
 *   example), AuthenticationError
 */
export async function endTransaction(
  cluster: Cluster,
  transactionalId: string,
  { deadline, channel }: EndTransactionOptions,
): Promise<void> {
  await fenceWriters(cluster, {
    transactionalId,
    transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    deadline,
    channel,
  });
}

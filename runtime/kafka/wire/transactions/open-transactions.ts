/** Transactions that are not ended, found by how their transactional ids begin: those of an instance that died, for example. */
import type { Cluster } from "../cluster.js";
import { type Deadline, retrying } from "../deadline.js";
import { brokerError, Code } from "../error-codes.js";
import { ConnectionError, WireError } from "../errors.js";
import type { TopicPartition } from "../protocol/api.js";
import { type DescribedTransaction, describeTransactions } from "../protocol/describe-transactions.js";
import { listTransactions } from "../protocol/list-transactions.js";

/** Begun, or its end is decided and markers are still missing. As org.apache.kafka.coordinator.transaction.TransactionState has it. */
const OPEN_STATES = ["Ongoing", "PrepareCommit", "PrepareAbort"] as const;

export type OpenTransactionState = (typeof OPEN_STATES)[number];

export interface OpenTransaction {
  readonly transactionalId: string;
  readonly state: OpenTransactionState;
  readonly producerId: number;
  /** Epoch milliseconds, by the coordinator's clock. */
  readonly startedAtMs: number;
  /** From then on, after which the coordinator aborts it by itself. */
  readonly timeoutMs: number;
  /**
   * Those that it holds up, in no order, those of `__consumer_offsets` too. Once the end is decided, only those that have no
   * marker yet. A topic that we may not describe is missing.
   */
  readonly partitions: readonly TopicPartition[];
}

export interface OpenTransactionsOptions {
  /** Of the transactional ids. `app-1` is the beginning of `app-10-…` too: end it with what separates. */
  readonly prefix: string;
  readonly deadline: Deadline;
  readonly channel: string;
}

/**
 * Asks every broker that is alive, then the coordinator of each id. In no order; ids that we may not describe are missing.
 *
 * What ended meanwhile is left out. While a coordinator moves from one broker to another, there is a moment in which neither may
 * tell of an id: who is still held up afterwards asks again.
 * @throws DeadlineError when a broker cannot be reached or a coordinator is not ready; AuthenticationError, RefusedError,
 *   UnsupportedBrokerError
 */
export async function openTransactions(
  cluster: Cluster,
  options: OpenTransactionsOptions,
): Promise<readonly OpenTransaction[]> {
  const ids = await openIds(cluster, options);
  const found = await Promise.all(ids.map((id) => describe(cluster, id, options)));
  return found.filter((one) => one !== null);
}

async function openIds(
  cluster: Cluster,
  { prefix, deadline, channel }: OpenTransactionsOptions,
): Promise<readonly string[]> {
  const what = `listing the open transactions of ${prefix}*`;
  return retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    // One that came since may coordinate too, and one that is gone need not answer.
    await cluster.refresh();
    const { nodes } = cluster;
    if (nodes.length === 0) throw new ConnectionError(`${what}: the metadata name no broker`);
    const listed = await Promise.all(nodes.map((nodeId) => idsAt(cluster, nodeId, channel, what)));
    // An id that has just moved may be known to both coordinators.
    return [...new Set(listed.flat())].filter((id) => id.startsWith(prefix));
  });
}

async function idsAt(cluster: Cluster, nodeId: number, channel: string, what: string): Promise<string[]> {
  const connection = await cluster.connection(nodeId, channel);
  const answer = await connection.request(listTransactions, { states: OPEN_STATES });
  if (answer.errorCode !== Code.none) throw brokerError(`${what} at broker ${nodeId}`, answer.errorCode);
  // It has passed over them: what it lists is not all that is open.
  if (answer.unknownStates.length > 0)
    throw new WireError(`${what}: broker ${nodeId} does not know the states ${answer.unknownStates.join(", ")}`);
  return answer.transactions.map(({ transactionalId }) => transactionalId);
}

/** @returns null when it has ended since */
async function describe(
  cluster: Cluster,
  transactionalId: string,
  { deadline, channel }: OpenTransactionsOptions,
): Promise<OpenTransaction | null> {
  const what = `describing the transaction of ${transactionalId}`;
  return retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    const coordinator = await cluster.coordinator("transaction", transactionalId, channel);
    const answers = await coordinator.request(describeTransactions, { transactionalIds: [transactionalId] });
    const found = answers.find((one) => one.transactionalId === transactionalId);
    if (found === undefined) throw brokerError(what, Code.notCoordinator, "no answer for the id");
    if (found.errorCode === Code.transactionalIdNotFound) return null;
    if (found.errorCode !== Code.none) throw brokerError(what, found.errorCode);
    return openOne(found);
  });
}

function openOne(found: DescribedTransaction): OpenTransaction | null {
  const { transactionalId, producerId, startedAtMs, timeoutMs, partitions } = found;
  const state = OPEN_STATES.find((one) => one === found.state);
  return state === undefined ? null : { transactionalId, state, producerId, startedAtMs, timeoutMs, partitions };
}

/** The door of the commit room: which writer a guarantee takes. */
import type { RunnerPorts } from "../runner-ports.js";
import { STEP_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS } from "../runner-ports.js";
import { AtLeastOnceWriter } from "./at-least-once.js";
import type { CheckpointTopics, CheckpointWriter } from "./checkpoint-writer.js";
import { ExactlyOnceWriter } from "./exactly-once.js";

export type { CheckpointWriter } from "./checkpoint-writer.js";
export { Checkpoints } from "./checkpoints.js";

/**
 * The writer of all tasks that this instance has of the sub-topology. What a predecessor of this instance wrote and did not commit
 * never will be.
 * @throws WireError
 */
export function openCheckpointWriter<Outcome>(ports: RunnerPorts<Outcome>): Promise<CheckpointWriter> {
  const { cluster, crashPoints, now, settings, subTopology, partitionsOf } = ports;
  const [store] = subTopology.stores;
  const topics: CheckpointTopics = { changelog: store?.changelogTopic ?? null, partitionsOf };
  const transactions = transactionsOf(ports);
  if (transactions === null)
    return AtLeastOnceWriter.open(cluster, { stepTimeoutMs: STEP_TIMEOUT_MS, topics, crashPoints, now });
  return ExactlyOnceWriter.open(cluster, {
    transactionalId: transactions.ownId,
    transactionTimeoutMs: Math.max(TRANSACTION_TIMEOUT_MS, settings.sessionTimeoutMs),
    stepTimeoutMs: STEP_TIMEOUT_MS,
    topics,
    crashPoints,
    now,
  });
}

/** The transactional id of this instance's writer, and what those of all instances begin with; null without transactions. */
export function transactionsOf<Outcome>({ settings, subTopology, instance }: RunnerPorts<Outcome>) {
  if (settings.guarantee === "at_least_once") return null;
  const prefix = `${settings.applicationId}-${subTopology.name}-`;
  return { prefix, ownId: `${prefix}${instance.id}` };
}

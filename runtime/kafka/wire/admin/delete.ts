/** Deleting topics, and records from the beginning of partitions. */
import type { Cluster } from "../cluster.js";
import { type Deadline, retrying } from "../deadline.js";
import { brokerError, Code, errorCode, RetriableError } from "../error-codes.js";
import { type AdminOptions, topicsThere } from "./describe-topics.js";
import { controller } from "./ensure-topics.js";
import { deleteRecordsBefore, type RecordsBefore } from "./protocol/delete-records.js";
import { deleteTopics as deleteTopicsRequest } from "./protocol/topics.js";

/** Resolves when they are gone; those that are not there are fine. @throws DeadlineError, RefusedError, AuthenticationError */
export async function deleteTopics(
  cluster: Cluster,
  names: readonly string[],
  { deadline, channel }: AdminOptions,
): Promise<void> {
  const what = `deleting the topics ${names.join(", ")}`;
  await retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    const there = (await topicsThere(cluster, names)).map(({ topic }) => topic);
    if (there.length === 0) return;
    const connection = await controller(cluster, channel);
    const results = await connection.request(deleteTopicsRequest, {
      names: there,
      timeoutMs: timeoutMs(cluster, deadline),
    });
    for (const { name, errorCode: code } of results) {
      if (code !== Code.none && code !== Code.unknownTopicOrPartition)
        throw brokerError(`deleting topic ${name}`, code);
    }
    throw new RetriableError(`${what}: not yet known to all brokers`, errorCode(Code.leaderNotAvailable));
  });
}

/**
 * The records before the offsets are gone when it resolves.
 * @throws RefusedError for an offset beyond the end; DeadlineError, AuthenticationError
 */
export async function deleteRecords(
  cluster: Cluster,
  partitions: readonly RecordsBefore[],
  { deadline, channel }: AdminOptions,
): Promise<void> {
  await Promise.all(
    partitions.map((one) => {
      const what = `deleting the records of ${one.topic}-${one.partition} before ${one.offset}`;
      return retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
        const { nodeId } = await cluster.leader(one);
        const connection = await cluster.connection(nodeId, channel);
        const request = { partitions: [one], timeoutMs: timeoutMs(cluster, deadline) };
        const [result] = await connection.request(deleteRecordsBefore, request);
        const code = result?.errorCode ?? Code.unknownTopicOrPartition;
        if (code !== Code.none) throw brokerError(what, code);
      });
    }),
  );
}

function timeoutMs(cluster: Cluster, deadline: Deadline): number {
  return Math.round(Math.max(1, Math.min(deadline.leftMs, cluster.requestTimeoutMs)));
}

/** Where partitions begin and end, where a time lies in them, and where a group stands. */
import type { Cluster } from "./cluster.js";
import { type Deadline, retrying } from "./deadline.js";
import { brokerError, Code } from "./error-codes.js";
import type { TopicPartition } from "./protocol/api.js";
import type { Isolation } from "./protocol/fetch.js";
import { offsetCommit, offsetFetch } from "./protocol/groups.js";
import { EARLIEST, LATEST, type ListedOffset, listOffsets } from "./protocol/list-offsets.js";
import type { GroupMember, GroupOffset } from "./protocol/transactions.js";

/** The first offset that is there; the end (with `read_committed`, the last stable offset); the first record at or after a time. */
export type OffsetAt = "earliest" | "latest" | { readonly timestampMs: number };

export interface PartitionOffset extends TopicPartition {
  /** Null when no record is as late as the time. */
  readonly offset: number | null;
}

export interface OffsetsOptions {
  readonly isolation: Isolation;
  readonly deadline: Deadline;
  readonly channel: string;
}

/** In the order of `partitions`. @throws DeadlineError, RefusedError, AuthenticationError */
export async function findOffsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  at: OffsetAt,
  { isolation, deadline, channel }: OffsetsOptions,
): Promise<PartitionOffset[]> {
  const timestamp = at === "earliest" ? EARLIEST : at === "latest" ? LATEST : at.timestampMs;
  return Promise.all(
    partitions.map(({ topic, partition }) => {
      const what = `looking up offsets of ${topic}-${partition}`;
      return retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
        const leader = await cluster.leader({ topic, partition });
        const connection = await cluster.connection(leader.nodeId, channel);
        const request = { isolation, partitions: [{ topic, partition, leaderEpoch: leader.epoch, timestamp }] };
        const [found] = await connection.request(listOffsets, request);
        return { topic, partition, offset: offsetOf(found, what) };
      });
    }),
  );
}

function offsetOf(found: ListedOffset | undefined, what: string): number | null {
  if (found === undefined) throw brokerError(what, Code.unknownTopicOrPartition, "no answer for the partition");
  if (found.errorCode !== Code.none) throw brokerError(what, found.errorCode);
  return found.offset < 0 ? null : found.offset;
}

export interface CommittedOffset extends TopicPartition {
  /** Null when the group has none, or none any more. */
  readonly offset: number | null;
  readonly metadata: string | null;
}

/**
 * What the group has committed. Waits while a transaction that commits offsets of these partitions is being completed: without
 * that, what was just committed may not show yet (K6, K24).
 * @throws DeadlineError, RefusedError, AuthenticationError
 */
export async function committedOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
  { deadline, channel }: Pick<OffsetsOptions, "deadline" | "channel">,
): Promise<readonly CommittedOffset[]> {
  const what = `reading the committed offsets of group ${groupId}`;
  return retrying({ what, deadline, longestPauseMs: 20, recover: (error) => cluster.recover(error) }, async () => {
    const coordinator = await cluster.coordinator("group", groupId, channel);
    const response = await coordinator.request(offsetFetch, { groupId, partitions, requireStable: true });
    const failed = [response, ...response.offsets].find(({ errorCode }) => errorCode !== Code.none);
    if (failed !== undefined) throw brokerError(what, failed.errorCode);
    return response.offsets;
  });
}

/** Commits offsets outside of a transaction, as a member of the group. @throws FencedError when it is none (any more) */
export async function commitOffsets(
  cluster: Cluster,
  member: GroupMember,
  offsets: readonly GroupOffset[],
  { deadline, channel }: Pick<OffsetsOptions, "deadline" | "channel">,
): Promise<void> {
  const what = `committing offsets of group ${member.groupId}`;
  await retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    const coordinator = await cluster.coordinator("group", member.groupId, channel);
    const answers = await coordinator.request(offsetCommit, { ...member, offsets });
    const failed = answers.find(({ errorCode }) => errorCode !== Code.none);
    if (failed !== undefined) throw brokerError(what, failed.errorCode);
  });
}

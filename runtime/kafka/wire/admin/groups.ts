/** Groups looked at from outside, and deleted with the offsets that they have committed. */
import type { Cluster } from "../cluster.js";
import { retrying } from "../deadline.js";
import { brokerError, Code } from "../error-codes.js";
import { Coordination } from "../membership/coordination.js";
import type { GroupDescription } from "../membership/protocol/describe-groups.js";
import type { AdminOptions } from "./describe-topics.js";
import { deleteGroups } from "./protocol/delete-groups.js";

/** A group that is not there has the state Dead, and no members. @throws DeadlineError, RefusedError, AuthenticationError */
export function describeGroup(
  cluster: Cluster,
  groupId: string,
  { deadline, channel }: AdminOptions,
): Promise<GroupDescription> {
  return new Coordination(cluster, groupId, channel).describe(deadline);
}

/**
 * Resolves when it is gone; that it is not there is fine.
 * @throws RefusedError with the broker's words, NON_EMPTY_GROUP while it has members; DeadlineError, AuthenticationError
 */
export async function deleteGroup(
  cluster: Cluster,
  groupId: string,
  { deadline, channel }: AdminOptions,
): Promise<void> {
  const what = `deleting group ${groupId}`;
  await retrying({ what, deadline, recover: (error) => cluster.recover(error) }, async () => {
    const coordinator = await cluster.coordinator("group", groupId, channel);
    const answers = await coordinator.request(deleteGroups, { groupIds: [groupId] });
    const answer = answers.find((one) => one.groupId === groupId);
    if (answer === undefined) throw brokerError(what, Code.notCoordinator, "no answer for the group");
    if (answer.errorCode !== Code.none && answer.errorCode !== Code.groupIdNotFound)
      throw brokerError(what, answer.errorCode);
  });
}

/** What a member asks of its group's coordinator by itself: whether it still is one, an id to join with, leaving for another. */
import type { Cluster } from "../cluster.js";
import type { BrokerConnection } from "../connection.js";
import { type Deadline, retrying } from "../deadline.js";
import { brokerError, Code } from "../error-codes.js";
import { leaveGroup } from "../protocol/groups.js";
import type { GroupMember } from "../protocol/transactions.js";
import { describeGroup, type GroupDescription } from "./protocol/describe-groups.js";
import { heartbeat } from "./protocol/heartbeat.js";
import { askForMemberId, type MemberIdRequest } from "./protocol/join-group.js";

export class Coordination {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  readonly #channel: string;

  constructor(cluster: Cluster, groupId: string, channel: string) {
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#channel = channel;
  }

  /** Returns when there is a coordinator that lets us in. @throws DeadlineError, AuthenticationError, RefusedError, UnsupportedBrokerError */
  reach(deadline: Deadline): Promise<void> {
    return this.#retrying(`finding the coordinator of group ${this.#groupId}`, deadline, async () => undefined);
  }

  /** Once: @returns the coordinator's answer. @throws ConnectionError, RetriableError and others */
  async heartbeat(member: GroupMember): Promise<number> {
    return (await (await this.#coordinator()).request(heartbeat, member)).errorCode;
  }

  /** @throws DeadlineError, AuthenticationError, RefusedError */
  memberId(request: Omit<MemberIdRequest, "groupId">, deadline: Deadline): Promise<string> {
    const what = `joining group ${this.#groupId}`;
    return this.#retrying(what, deadline, async (coordinator) => {
      const { errorCode, memberId } = await coordinator.request(askForMemberId, { ...request, groupId: this.#groupId });
      if (errorCode !== Code.memberIdRequired) throw brokerError(what, errorCode);
      return memberId;
    });
  }

  /** Also for somebody else; that they are none (any more) is fine. @throws DeadlineError, RefusedError */
  leave(memberId: string, deadline: Deadline): Promise<void> {
    const what = `leaving group ${this.#groupId} for ${memberId}`;
    return this.#retrying(what, deadline, async (coordinator) => {
      const { errorCode } = await coordinator.request(leaveGroup, { groupId: this.#groupId, memberId });
      if (errorCode !== Code.none && errorCode !== Code.unknownMemberId) throw brokerError(what, errorCode);
    });
  }

  /** @throws DeadlineError, RefusedError */
  describe(deadline: Deadline): Promise<GroupDescription> {
    const what = `describing group ${this.#groupId}`;
    return this.#retrying(what, deadline, async (coordinator) => {
      const [found] = await coordinator.request(describeGroup, { groupId: this.#groupId });
      if (found === undefined) throw brokerError(what, Code.notCoordinator, "no answer for the group");
      if (found.errorCode !== Code.none) throw brokerError(what, found.errorCode);
      return found;
    });
  }

  recover(error: unknown): Promise<void> {
    return this.#cluster.recover(error);
  }

  close(): Promise<void> {
    return this.#cluster.closeChannel(this.#channel);
  }

  #retrying<T>(what: string, deadline: Deadline, ask: (coordinator: BrokerConnection) => Promise<T>): Promise<T> {
    const recover = (error: unknown) => this.recover(error);
    return retrying({ what, deadline, recover }, async () => ask(await this.#coordinator()));
  }

  #coordinator(): Promise<BrokerConnection> {
    return this.#cluster.coordinator("group", this.#groupId, this.#channel);
  }
}

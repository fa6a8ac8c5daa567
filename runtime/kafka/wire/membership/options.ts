/** What a member is told and tells. */
import type { WireError } from "../errors.js";
import type { GroupMember } from "../protocol/transactions.js";

export interface Assignment extends GroupMember {
  /** Partition p of every topic that has it. Ascending. */
  readonly partitions: readonly number[];
}

/** Called at once, from within kafkajs: what takes time is begun, not awaited. Whatever they throw is a failure of the membership. */
export interface MembershipListener {
  /** A new generation: everything that is not in it belongs to others now. Compare with what runs. */
  onAssignment(assignment: Assignment): void;
  /** The id it is going to join with, to be kept for the next start's `formerMemberIds`. The join waits for it; it must not reject. */
  onMemberId?(memberId: string): void | Promise<void>;
  /**
   * It is about to join, for the first time or again, and who owns what is being settled anew. The join waits for what it gives, which
   * must not reject, and must not take as long as the session: no heartbeats go meanwhile.
   */
  onJoining?(): void | Promise<void>;
  /** It is no member for the moment and joins again by itself. */
  onLost?(error: WireError): void;
  /** It will not be a member again. */
  onFailure?(error: WireError): void;
}

export interface MembershipOptions {
  readonly groupId: string;
  /** The same for all members. */
  readonly topics: readonly string[];
  /** After which a member that is not heard of is taken for dead. Heartbeats go at a third of it. Default: 6 s. */
  readonly sessionTimeoutMs?: number;
  /** How long others are waited for when partitions are assigned anew. Default: twice the session timeout, 10 s at least. */
  readonly rebalanceTimeoutMs?: number;
  /** For `join`. Default: 60 s. */
  readonly joinTimeoutMs?: number;
  /** For `leave`. Default: 5 s. */
  readonly leaveTimeoutMs?: number;
  /**
   * The ids of former selves that are known to be dead, and may not have left (K23). Never that of a living member: a cloned data
   * folder carries one.
   */
  readonly formerMemberIds?: readonly string[];
  /** Partition to the offset up to which a local store of it is there; asked for at each join. Default: none. */
  readonly localPositions?: () => ReadonlyMap<number, number>;
}

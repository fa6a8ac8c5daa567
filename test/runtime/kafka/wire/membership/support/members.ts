/** Members of groups for tests: what they were told, in order, and nothing of them left at the end. */
import { onTestFinished } from "vitest";
import {
  type Assignment,
  type Cluster,
  GroupMembership,
  type MembershipListener,
  type MembershipOptions,
  type WireError,
} from "../../../../../../runtime/kafka/wire/index.js";
import { until } from "../../../../../support/kafka/index.js";

export interface Member {
  readonly membership: GroupMembership;
  /** All of them; the last one is what it has. */
  readonly assignments: readonly Assignment[];
  readonly memberIds: readonly string[];
  readonly lost: readonly WireError[];
  readonly failures: readonly WireError[];
  /** Waits until it has these. @throws when it does not get them */
  has(partitions: readonly number[], withinMs: number): Promise<void>;
  partitions(): readonly number[];
}

/** Leaves at the end of the test. */
export function member(cluster: Cluster, options: MembershipOptions, others: Partial<MembershipListener> = {}): Member {
  const assignments: Assignment[] = [];
  const memberIds: string[] = [];
  const lost: WireError[] = [];
  const failures: WireError[] = [];
  const membership = new GroupMembership(cluster, options, {
    onAssignment: (assignment) => assignments.push(assignment),
    onMemberId: (memberId) => void memberIds.push(memberId),
    onLost: (error) => lost.push(error),
    onFailure: (error) => failures.push(error),
    ...others,
  });
  onTestFinished(() => membership.leave().catch(() => undefined));
  const partitions = () => assignments.at(-1)?.partitions ?? [];
  return {
    membership,
    assignments,
    memberIds,
    lost,
    failures,
    partitions,
    async has(wanted, withinMs) {
      if (await until(() => partitions().join() === wanted.join(), withinMs, 5)) return;
      throw new Error(`it has ${partitions().join()} after ${withinMs} ms, and not ${wanted.join()}`);
    },
  };
}

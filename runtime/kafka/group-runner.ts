/**
 * Runs the tasks of one sub-topology that this instance is assigned: a member of the group, one writer for all of them, and a loop
 * that processes and makes checkpoints. Whatever fails drops everything that is not durable, and builds it again behind a new fence.
 */
import { setTimeout as delay } from "node:timers/promises";
import { nodesOfKind } from "../../topology/index.js";
import type { TaskStatus } from "../engine.js";
import { asError } from "./engine-errors.js";
import { recoveryOf } from "./recovery.js";
import { groupIdOf, type RunnerPorts } from "./runner-ports.js";
import { TaskGroup } from "./task-group.js";
import { type Assignment, Backoff, ClosedError, FencedError, GroupMembership } from "./wire/index.js";

const LONGEST_PAUSE_MS = 1_000;
/** Of the 10 s that a stop may take. */
const FINISH_WITHIN_MS = 4_000;
const LEAVE_WITHIN_MS = 3_000;
const MAX_KEPT_IDS = 4;

export class GroupRunner<Outcome> {
  readonly subTopology: string;
  private readonly membership: GroupMembership;
  private readonly group: TaskGroup<Outcome>;
  private readonly stopped = new AbortController();
  private abandonedWith: Error | null = null;
  private lastMemberIds: readonly string[];

  /** @param formerMemberIds of former selves of this instance in the group, known to be dead */
  constructor(
    private readonly ports: RunnerPorts<Outcome>,
    formerMemberIds: readonly string[],
  ) {
    const { cluster, subTopology, settings, store } = ports;
    this.subTopology = subTopology.name;
    this.lastMemberIds = formerMemberIds;
    const groupId = groupIdOf(settings.applicationId, subTopology.name);
    this.membership = new GroupMembership(
      cluster,
      {
        groupId,
        topics: nodesOfKind(subTopology, "source").map(({ topic }) => topic),
        sessionTimeoutMs: settings.sessionTimeoutMs,
        leaveTimeoutMs: LEAVE_WITHIN_MS,
        formerMemberIds,
        localPositions: () => store.marksOf(subTopology.name),
      },
      {
        onAssignment: (assignment) => this.assigned(assignment),
        onMemberId: (memberId) => this.named(groupId, memberId),
        onJoining: () => this.group.rebalancing(),
        onLost: (error) => this.group.lost(error),
        onFailure: (error) => this.abandon(error),
      },
    );
    this.group = new TaskGroup(ports, this.membership, groupId);
  }

  get tasks(): readonly TaskStatus[] {
    return this.group.tasks;
  }

  /** Whether all tasks that are assigned to this instance run. */
  get isReady(): boolean {
    return this.group.isReady;
  }

  get hasWork(): boolean {
    return this.group.hasWork;
  }

  get work(): string {
    return this.group.work;
  }

  /** When it last made progress (ms, monotonic). */
  get progressMs(): number {
    return this.group.progressMs;
  }

  /** Its ids in the group, the newest first; of dead selves once it has ended. */
  get memberIds(): readonly string[] {
    return this.lastMemberIds;
  }

  /** Offsets up to which everything is committed, for a partition of a source; null when it is not processed here. */
  doneTo(topic: string, partition: number): number | null {
    return this.group.doneTo(topic, partition);
  }

  /** Resolves once it was told to stop, with everything finished. @throws what it cannot mend by building its tasks again */
  async run(): Promise<void> {
    try {
      await this.membership.join();
      await this.lives();
      this.group.closeTasks();
    } catch (error) {
      this.group.closeTasks();
      if (this.abandonedWith !== null) throw this.abandonedWith;
      if (!this.stopped.signal.aborted) throw error;
      this.ports.log("warn", "stopped without a last checkpoint: what is not committed is processed again", {
        group: this.subTopology,
        because: asError(error).message,
      });
    } finally {
      await this.leave();
    }
  }

  /** Finishes the checkpoint at hand; {@link run} then resolves. */
  stop(): void {
    this.stopped.abort();
    this.group.stop();
    // What waits for brokers meanwhile holds nothing that has to be finished.
    if (!this.group.isLive) void this.leave();
    setTimeout(() => {
      this.group.fail(new ClosedError("stopping: the checkpoint at hand could not be finished in time"));
      void this.leave();
    }, FINISH_WITHIN_MS).unref();
  }

  /** Gives everything up that is not durable; {@link run} then rejects with the error. */
  abandon(error: Error): void {
    this.abandonedWith ??= error;
    this.group.fail(error);
    void this.leave();
  }

  /** Whether it still is a member. @throws WireError when it is not, or nobody can say */
  async checkMembership(): Promise<void> {
    await this.membership.heartbeatNow();
  }

  private async lives(): Promise<void> {
    const backoff = new Backoff(LONGEST_PAUSE_MS);
    while (!this.stopped.signal.aborted && this.abandonedWith === null) {
      const beganMs = this.group.progressMs;
      let wasMember = false;
      try {
        await this.membership.heartbeatNow();
        wasMember = true;
        await this.group.live();
      } catch (error) {
        if (recoveryOf(error) !== "rebuild" || this.membership.failure !== null) throw error;
        if (this.group.progressMs > beganMs) backoff.reset();
        // It joins again by itself, and says so.
        if (wasMember || !(error instanceof FencedError)) this.tell(error);
        await delay(backoff.nextMs(), undefined, { signal: this.stopped.signal }).catch(() => undefined);
      }
    }
  }

  private tell(error: unknown): void {
    const fields = { group: this.subTopology, because: asError(error).message };
    // Others have taken over, which is what happens when instances come and go.
    const level = error instanceof FencedError ? "info" : "warn";
    this.ports.log(level, "what is not committed is dropped, and processed again", fields);
  }

  private assigned(assignment: Assignment): void {
    this.ports.observer.rebalanced?.(this.subTopology);
    this.ports.log("info", "partitions assigned", {
      group: assignment.groupId,
      generation: assignment.generationId,
      partitions: assignment.partitions.join(","),
    });
    this.group.assign(assignment);
  }

  private async named(groupId: string, memberId: string): Promise<void> {
    this.lastMemberIds = [memberId, ...this.lastMemberIds].slice(0, MAX_KEPT_IDS);
    try {
      await this.ports.instance.keepMemberId(groupId, memberId);
    } catch (error) {
      this.ports.log(
        "warn",
        "the member id could not be kept: a start after a crash will wait for the session to end",
        {
          group: groupId,
          because: asError(error).message,
        },
      );
    }
  }

  private async leave(): Promise<void> {
    await this.membership.leave().catch((error: unknown) => {
      this.ports.log("warn", "the group could not be left: its other members wait for the session to end", {
        group: this.subTopology,
        because: String(error),
      });
    });
  }
}

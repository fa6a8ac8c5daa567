/** Membership of a group: which partitions are this process's, in which generation, and whether it still is a member. */
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "../cluster.js";
import { Backoff, Deadline, retrying } from "../deadline.js";
import { brokerError, Code, errorCode, RetriableError } from "../error-codes.js";
import {
  AuthenticationError,
  ClosedError,
  DeadlineError,
  FencedError,
  ProtocolError,
  RefusedError,
  UnsupportedBrokerError,
  WireError,
} from "../errors.js";
import type { GroupMember } from "../protocol/transactions.js";
import { ASSIGNOR_NAME } from "./assignor/partition-assigner.js";
import { Coordination } from "./coordination.js";
import type { Generation } from "./coordinator-tap.js";
import { leaveFor } from "./former-self.js";
import type { Assignment, MembershipListener, MembershipOptions } from "./options.js";
import { PausedConsumer } from "./paused-consumer.js";

type State = "new" | "joining" | "member" | "left" | "failed";

const LONGEST_PAUSE_MS = 1_000;
/** While a rebalance goes on. Asking more often is of no use: kafkajs learns of it by its own heartbeats. */
const LOOK_AGAIN_WITHIN_MS = 100;

let memberships = 0;

/** One life: `join` once, `leave` once. In between it stays a member, or becomes one again, as long as that may be. */
export class GroupMembership {
  readonly #cluster: Cluster;
  readonly #options: Required<MembershipOptions>;
  readonly #listener: MembershipListener;
  readonly #coordination: Coordination;
  readonly #backoff = new Backoff(LONGEST_PAUSE_MS);
  readonly #ended = new AbortController();
  #state: State = "new";
  #failure: WireError | null = null;
  #consumer: PausedConsumer | null = null;
  #assignment: Assignment | null = null;
  /** The last assignment, also when it is lost: what a new join claims. */
  #claimed: Pick<Assignment, "generationId" | "partitions"> = { generationId: -1, partitions: [] };
  #memberId: string | null = null;
  /** A join is under way whose assignment is still to come. */
  #rejoining = false;
  /** Ids that may still be in the group, and are not this member's (any more). */
  readonly #former: Set<string>;
  /** Of the promise of `join`. */
  #first: { resolve(assignment: Assignment): void; reject(error: WireError): void } | null = null;
  #lastError: WireError | null = null;
  #left: Promise<void> = Promise.resolve();

  constructor(cluster: Cluster, options: MembershipOptions, listener: MembershipListener) {
    const { sessionTimeoutMs = 6_000 } = options;
    this.#cluster = cluster;
    this.#options = {
      sessionTimeoutMs,
      rebalanceTimeoutMs: Math.max(10_000, 2 * sessionTimeoutMs),
      joinTimeoutMs: 60_000,
      leaveTimeoutMs: 5_000,
      formerMemberIds: [],
      localPositions: () => new Map(),
      ...options,
    };
    this.#listener = listener;
    this.#former = new Set(this.#options.formerMemberIds);
    this.#coordination = new Coordination(cluster, options.groupId, `membership-${++memberships}`);
  }

  /** As whom offsets are committed; null while it is no member. During a rebalance, as it was before. */
  get member(): GroupMember | null {
    if (this.#assignment === null) return null;
    const { groupId, generationId, memberId } = this.#assignment;
    return { groupId, generationId, memberId };
  }

  /** Why it will not be a member again; null while it may be. */
  get failure(): WireError | null {
    return this.#failure;
  }

  /**
   * @returns the first assignment, of which the listener has heard.
   * @throws DeadlineError, AuthenticationError, RefusedError; ClosedError when it has left meanwhile
   */
  async join(): Promise<Assignment> {
    if (this.#state !== "new")
      throw new WireError(`a member of ${this.#options.groupId} joins once, then it is another`);
    this.#state = "joining";
    const deadline = new Deadline(this.#options.joinTimeoutMs);
    const what = `joining group ${this.#options.groupId}`;
    const first = new Promise<Assignment>((resolve, reject) => {
      this.#first = { resolve, reject };
    });
    first.catch(() => undefined);
    try {
      // What is wrong is said more clearly here than by kafkajs.
      await this.#coordination.reach(deadline);
      if (this.#state === "joining") this.#start();
      const timeout = delay(Math.max(0, deadline.leftMs), null, { ref: false });
      const assignment = await Promise.race([first, timeout]);
      if (assignment === null) throw new DeadlineError(what, deadline.elapsedMs, this.#lastError);
      return assignment;
    } catch (error) {
      this.#fail(error instanceof WireError ? error : new WireError(`${what}: ${String(error)}`, { cause: error }));
      throw this.#failure ?? error;
    }
  }

  /**
   * Resolves after a heartbeat that has succeeded in the current generation: until the session times out, nobody else is given
   * its partitions. Waits for the end of a rebalance that is under way.
   * @returns the member it is now; the assignment may be another than before.
   * @throws FencedError when it is no member, DeadlineError, AuthenticationError, and `failure`
   */
  async heartbeatNow(): Promise<GroupMember> {
    const what = `a heartbeat in group ${this.#options.groupId}`;
    const deadline = new Deadline(this.#options.rebalanceTimeoutMs);
    const recover = (error: unknown) => this.#coordination.recover(error);
    return retrying({ what, deadline, longestPauseMs: LOOK_AGAIN_WITHIN_MS, recover }, async () => {
      this.#mustGoOn();
      const { member } = this;
      if (member === null) throw new FencedError(`${what}: it is no member`);
      const code = await this.#coordination.heartbeat(member);
      const current = this.member;
      const changed = current === null || current.generationId !== member.generationId;
      // The coordinator is in the new generation as soon as it has all joins; here it is known with the assignment.
      const ahead = code === Code.illegalGeneration && this.#rejoining;
      if (code === Code.rebalanceInProgress || changed || ahead) {
        throw new RetriableError(`${what}: a rebalance is in progress`, errorCode(Code.rebalanceInProgress));
      }
      if (code !== Code.none) throw brokerError(what, code);
      return member;
    });
  }

  /**
   * Gives everything up; others have it from now on. Stop what writes for the partitions before.
   * @throws DeadlineError when the coordinator could not be told: it finds out by the session's end
   */
  async leave(): Promise<void> {
    if (this.#state !== "left" && this.#state !== "failed") {
      this.#end("left", new ClosedError(`the member of group ${this.#options.groupId} has left`));
    }
    await this.#left;
  }

  #end(state: "left" | "failed", why: WireError): void {
    this.#state = state;
    this.#assignment = null;
    this.#first?.reject(why);
    this.#ended.abort();
    this.#left = this.#depart();
    this.#left.catch(() => undefined);
  }

  async #depart(): Promise<void> {
    const deadline = new Deadline(this.#options.leaveTimeoutMs);
    // First, so that kafkajs does not take what follows as a reason to join again.
    const stopped = this.#consumer?.stop().catch(() => undefined);
    try {
      if (this.#memberId !== null) await this.#coordination.leave(this.#memberId, deadline);
      await Promise.race([stopped, delay(Math.max(0, deadline.leftMs), undefined, { ref: false })]);
    } finally {
      await this.#coordination.close();
    }
  }

  #start(): void {
    const { groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    const heartbeatIntervalMs = Math.floor(sessionTimeoutMs / 3);
    this.#consumer = new PausedConsumer(
      { settings: this.#cluster.settings, groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs, heartbeatIntervalMs },
      {
        claims: () => ({
          generation: this.#claimed.generationId,
          owned: this.#claimed.partitions,
          positions: this.#options.localPositions(),
        }),
        joining: ({ memberId }) => this.#joining(memberId),
        assigned: (generation, partitions) => this.#assigned(generation, partitions),
        crashed: (error) => void this.#lost(error),
      },
    );
    void this.#consumer.start();
  }

  /** @returns the id to join with */
  async #joining(memberId: string): Promise<string> {
    await this.#telling(this.#listener.onJoining?.bind(this.#listener));
    if (memberId !== "") {
      this.#rejoining = true;
      return memberId;
    }
    if (this.#assignment !== null)
      this.#isNone(new FencedError(`group ${this.#options.groupId} knows the member no longer`));
    const { sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    const deadline = new Deadline(rebalanceTimeoutMs);
    const protocolNames = [ASSIGNOR_NAME];
    const given = await this.#coordination.memberId({ sessionTimeoutMs, rebalanceTimeoutMs, protocolNames }, deadline);
    if (this.#memberId !== null) this.#former.add(this.#memberId);
    this.#memberId = given;
    // Kept before it matters: who dies a moment after the join is to be known by the next start.
    await this.#telling(this.#listener.onMemberId?.bind(this.#listener, given));
    for (const former of this.#former) void this.#leaveFor(former, deadline);
    return given;
  }

  /** Not awaited: the join comes first. What goes wrong costs time only, until the former self's session ends. */
  async #leaveFor(former: string, deadline: Deadline): Promise<void> {
    try {
      await leaveFor(former, this.#coordination, deadline, this.#ended.signal);
      this.#former.delete(former);
    } catch (error) {
      const what = `the former member ${former} stays in group ${this.#options.groupId} until its session ends`;
      this.#cluster.settings.log("warn", `${what}: ${String(error)}`);
    }
  }

  #assigned({ memberId, generationId }: Generation, partitions: readonly number[]): void {
    if (this.#state !== "joining" && this.#state !== "member") return;
    this.#state = "member";
    this.#rejoining = false;
    this.#backoff.reset();
    const assignment = { groupId: this.#options.groupId, memberId, generationId, partitions };
    this.#assignment = assignment;
    this.#claimed = assignment;
    this.#first?.resolve(assignment);
    this.#tell(() => this.#listener.onAssignment(assignment));
  }

  /** kafkajs' consumer has ended. */
  async #lost(error: WireError): Promise<void> {
    if (this.#state !== "joining" && this.#state !== "member") return;
    if (!passes(error)) return this.#fail(error);
    this.#isNone(error);
    await this.#coordination.recover(error);
    await delay(this.#backoff.nextMs(), undefined, { signal: this.#ended.signal }).catch(() => undefined);
    if (this.#state === "joining") this.#start();
  }

  #isNone(error: WireError): void {
    this.#assignment = null;
    this.#rejoining = false;
    this.#state = "joining";
    this.#lastError = error;
    this.#tell(() => this.#listener.onLost?.(error));
  }

  #fail(error: WireError): void {
    if (this.#state === "left" || this.#state === "failed") return;
    this.#failure = error;
    this.#end("failed", error);
    this.#tell(() => this.#listener.onFailure?.(error));
  }

  #mustGoOn(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#state === "left") throw new ClosedError(`the member of group ${this.#options.groupId} has left`);
  }

  /** What a listener throws must not get into kafkajs, which would take it for an error of its own. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#listenerFailed(error);
    }
  }

  async #telling(call: (() => void | Promise<void>) | undefined): Promise<void> {
    try {
      await call?.();
    } catch (error) {
      this.#listenerFailed(error);
    }
  }

  #listenerFailed(error: unknown): void {
    this.#fail(
      new WireError(`a listener of group ${this.#options.groupId} failed: ${String(error)}`, { cause: error }),
    );
  }
}

const FINAL = [AuthenticationError, ClosedError, ProtocolError, RefusedError, UnsupportedBrokerError];

/** Whether being a member may be possible again. So it is after a defect of kafkajs too: joining anew is always safe. */
function passes(error: WireError): boolean {
  return !FINAL.some((kind) => error instanceof kind);
}

/** Commits offsets for the group, as the member that this consumer is: one request at a time, not more often than asked for. */
import { setTimeout as delay } from "node:timers/promises";
import {
  type Cluster,
  commitOffsets,
  Deadline,
  DeadlineError,
  FencedError,
  type GroupMember,
  isRetriable,
} from "../runtime/kafka/wire/index.js";
import { type CommitNote, writeNote } from "./commit-note.js";

export interface CommitterPorts {
  readonly cluster: Cluster;
  readonly channel: string;
  readonly topic: string;
  readonly intervalMs: number;
  /** As whom; null while it is no member of the generation that its partitions are from. */
  readonly member: () => GroupMember | null;
  readonly failed: (error: unknown) => void;
  readonly log: (level: "warn", message: string) => void;
}

const COMMIT_TIMEOUT_MS = 10_000;
/** Between tries while the group is being settled or its coordinator is away. */
const AGAIN_MS = 100;

interface Waiting {
  readonly offset: number;
  readonly note: CommitNote;
}

export class Committer {
  readonly #ports: CommitterPorts;
  /** To be committed: one offset for each partition. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #committed = new Map<number, number>();
  readonly #closed = new AbortController();
  #running: Promise<void> | null = null;
  #hurry = new AbortController();

  constructor(ports: CommitterPorts) {
    this.#ports = ports;
  }

  committed(partition: number): number | null {
    return this.#committed.get(partition) ?? null;
  }

  /** The partition is done up to `offset`. */
  done(partition: number, offset: number, note: CommitNote): void {
    if (this.#committed.get(partition) === offset && !this.#waiting.has(partition)) return;
    this.#waiting.set(partition, { offset, note });
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** It is another's now: nothing more is committed for it. */
  forget(partition: number): void {
    this.#waiting.delete(partition);
    this.#committed.delete(partition);
  }

  /**
   * Commits what waits, now.
   * @throws FencedError when the group has gone on without this member, and as commitOffsets: then nothing of it is committed
   */
  async commitNow(offsets: ReadonlyMap<number, Waiting>, member: GroupMember, deadline: Deadline): Promise<void> {
    const { cluster, channel, topic } = this.#ports;
    const asked = [...offsets].map(([partition, { offset, note }]) => ({
      topic,
      partition,
      offset,
      metadata: writeNote(note),
    }));
    if (asked.length === 0) return;
    await commitOffsets(cluster, member, asked, { deadline, channel });
    for (const { partition, offset } of asked) this.#committed.set(partition, offset);
  }

  /** Resolves when nothing waits, or the deadline has passed: what is not committed comes again. */
  async settled(deadline: Deadline): Promise<void> {
    this.#hurry.abort();
    const late = new AbortController();
    try {
      const timeout = delay(Math.max(0, deadline.leftMs), undefined, { signal: late.signal, ref: false });
      await Promise.race([this.#running, timeout.catch(() => undefined)]);
    } finally {
      late.abort();
      if (!this.#closed.signal.aborted) this.#hurry = new AbortController();
    }
  }

  close(): void {
    this.#closed.abort();
    this.#hurry.abort();
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#closed.signal.aborted) {
      const worked = await this.#try();
      if (worked && this.#waiting.size === 0 && this.#hurry.signal.aborted) break;
      await this.#pause(worked ? this.#ports.intervalMs : AGAIN_MS);
    }
  }

  /** @returns false when it has to be tried again. */
  async #try(): Promise<boolean> {
    const member = this.#ports.member();
    if (member === null) return false;
    const taken = new Map(this.#waiting);
    try {
      await this.commitNow(taken, member, new Deadline(COMMIT_TIMEOUT_MS));
    } catch (error) {
      // The next assignment tells which of them are still this member's.
      if (error instanceof FencedError) return false;
      if (!(error instanceof DeadlineError) && !isRetriable(error)) {
        this.#waiting.clear();
        this.#ports.failed(error);
        return true;
      }
      this.#ports.log("warn", `offsets could not be committed, and are again: ${error.message}`);
      return false;
    }
    for (const [partition, done] of taken) {
      if (this.#waiting.get(partition) === done) this.#waiting.delete(partition);
    }
    return true;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
  }
}

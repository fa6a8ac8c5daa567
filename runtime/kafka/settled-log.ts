/**
 * The topics of a cluster as someone reads them who must not miss what was written before: records that are not in a transaction lie
 * hidden behind the open ones of others. The end that this log knows is waited for, until what was there at the call can be read.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { LogPage, QueriedLog } from "../queries/index.js";
import { type Cluster, Deadline, DeadlineError, findOffsets } from "./wire/index.js";

export interface SettledLogOptions {
  /** Longer than a transaction of a dead instance stays open, where nobody ends it. Default: 30 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 20;
const CHANNEL = "settled-ends";

export class SettledLog implements QueriedLog {
  private readonly timeoutMs: number;

  constructor(
    private readonly cluster: Cluster,
    private readonly committed: QueriedLog,
    { timeoutMs = DEFAULT_TIMEOUT_MS }: SettledLogOptions = {},
  ) {
    this.timeoutMs = timeoutMs;
  }

  startOffset(topic: string, partition: number): Promise<number> {
    return this.committed.startOffset(topic, partition);
  }

  /** @throws DeadlineError while a transaction stays open; other WireErrors */
  async endOffset(topic: string, partition: number): Promise<number> {
    const deadline = new Deadline(this.timeoutMs);
    const options = { isolation: "read_uncommitted", deadline, channel: CHANNEL } as const;
    const [found] = await findOffsets(this.cluster, [{ topic, partition }], "latest", options);
    const there = found?.offset ?? 0;
    for (;;) {
      const end = await this.committed.endOffset(topic, partition);
      if (end >= there) return end;
      if (deadline.passed)
        throw new DeadlineError(`waiting for the open transactions of ${topic}-${partition}`, this.timeoutMs, null);
      await delay(LOOK_EVERY_MS);
    }
  }

  read(topic: string, partition: number, fromOffset: number): Promise<LogPage> {
    return this.committed.read(topic, partition, fromOffset);
  }
}

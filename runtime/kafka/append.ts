/** Appends records from outside, such as files, to topics: each at least once, in order per partition. */
import { setTimeout as delay } from "node:timers/promises";
import type { ProducedRecord } from "../task/index.js";
import { recoveryOf } from "./recovery.js";
import { MAX_RECORD_BYTES } from "./runner-ports.js";
import { Backoff, ClosedError, type Cluster, Deadline, IdempotentWriter, type WireError } from "./wire/index.js";
import { writeRequests } from "./write-requests.js";

const APPEND_WITHIN_MS = 120_000;
const TRY_WITHIN_MS = 20_000;

export class Appender {
  private writer: Promise<IdempotentWriter> | null = null;
  private closed = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly partitionsOf: (topic: string) => number,
  ) {}

  /**
   * Resolves when all of them are in the logs of all in-sync replicas. A record whose outcome stayed unknown is written again.
   * @throws WireError: some may have been written
   */
  async append(records: readonly ProducedRecord[]): Promise<void> {
    const deadline = new Deadline(APPEND_WITHIN_MS);
    const backoff = new Backoff();
    for (;;) {
      if (this.closed) throw new ClosedError("nothing more is appended: this instance is stopping");
      try {
        const writer = await this.open();
        await Promise.all(writeRequests(records, this.partitionsOf).map((request) => writer.send(request)));
        return;
      } catch (error) {
        await this.drop();
        if (recoveryOf(error) !== "rebuild" || this.closed || deadline.passed) throw error;
        await delay(backoff.nextMs());
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  private open(): Promise<IdempotentWriter> {
    this.writer ??= IdempotentWriter.open(this.cluster, {
      initTimeoutMs: TRY_WITHIN_MS,
      deliveryTimeoutMs: TRY_WITHIN_MS,
      maxRecordBytes: MAX_RECORD_BYTES,
    });
    return this.writer;
  }

  /** One that has failed is of no more use. */
  private async drop(): Promise<void> {
    const { writer } = this;
    this.writer = null;
    await writer?.then(
      (one) => one.close(),
      (_: WireError) => undefined,
    );
  }
}

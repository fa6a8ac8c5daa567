/**
 * Makes records durable, many in one write: what comes while a write is under way goes with the next one. A partition that
 * cannot be written holds up its own records only.
 */
import { partitionFor } from "../../runtime/records/index.js";
import type { ProducedRecord } from "../../runtime/task/index.js";
import { Rejection } from "./rejection.js";

export interface IntakeSettings {
  /** Of the topic of the raw events. */
  readonly partitions: number;
  /** From when a record is offered; it may still be written after that, which a delivery that is sent again does not mind. */
  readonly durableWithinMs: number;
  /** One write. */
  readonly maxWriteRecords: number;
  readonly maxWriteBytes: number;
}

export const DEFAULT_INTAKE = {
  // Below the five seconds after which Belco gives a delivery up: it is to hear of it.
  durableWithinMs: 4_500,
  maxWriteRecords: 1_000,
  maxWriteBytes: 4 * 1024 * 1024,
} as const satisfies Omit<IntakeSettings, "partitions">;

/** How often it is looked whether somebody has waited too long. */
const LOOK_EVERY_MS = 250;

/** Resolves when all of the records are durable. */
export type Append = (records: readonly ProducedRecord[]) => Promise<unknown>;

interface Waiting {
  readonly record: ProducedRecord;
  readonly sizeBytes: number;
  readonly untilMs: number;
  durable(): void;
  fail(rejection: Rejection): void;
  /** Nothing is held for it any more. */
  released(): void;
}

export class Intake {
  private readonly lanes: Lane[];
  private readonly timer: NodeJS.Timeout;

  /** @param onFailed told of each write that failed; whoever waited for it has been told, too */
  constructor(
    private readonly settings: IntakeSettings,
    append: Append,
    onFailed: (error: unknown) => void,
  ) {
    this.lanes = Array.from({ length: settings.partitions }, () => new Lane(settings, append, onFailed));
    this.timer = setInterval(() => this.expire(), LOOK_EVERY_MS).unref();
  }

  /**
   * @param released called once, when nothing is held for the record any more: perhaps later than the promise settles
   * @returns resolves when the record is durable. @throws Rejection: NOT_DURABLE, when it is not known to be
   */
  offer(record: ProducedRecord, released: () => void): Promise<void> {
    const { partitions, durableWithinMs } = this.settings;
    const lane = this.lanes[record.key === null ? 0 : partitionFor(record.key, partitions)];
    return new Promise((resolve, reject) => {
      lane?.add({
        record,
        sizeBytes: record.value?.length ?? 0,
        untilMs: performance.now() + durableWithinMs,
        durable: resolve,
        fail: reject,
        released,
      });
    });
  }

  /** Nobody waits any more: called after the last request was answered. */
  close(): void {
    clearInterval(this.timer);
  }

  private expire(): void {
    const nowMs = performance.now();
    for (const lane of this.lanes) lane.expire(nowMs);
  }
}

/** The records of one partition, in the order in which they came. */
class Lane {
  private waiting: Waiting[] = [];
  private writing: readonly Waiting[] = [];

  constructor(
    private readonly settings: IntakeSettings,
    private readonly append: Append,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  add(one: Waiting): void {
    this.waiting.push(one);
    if (this.writing.length === 0) void this.write();
  }

  /** Who has waited too long is told so. What is being written stays with the write: it may become durable yet. */
  expire(nowMs: number): void {
    for (const one of this.writing) if (one.untilMs <= nowMs) one.fail(tooLate());
    const firstInTime = this.waiting.findIndex(({ untilMs }) => untilMs > nowMs);
    const late = this.waiting.splice(0, firstInTime === -1 ? this.waiting.length : firstInTime);
    for (const one of late) {
      one.fail(tooLate());
      one.released();
    }
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      this.writing = this.take();
      try {
        await this.append(this.writing.map(({ record }) => record));
        for (const one of this.writing) one.durable();
      } catch (error) {
        this.onFailed(error);
        for (const one of this.writing) one.fail(new Rejection("NOT_DURABLE", NOT_DURABLE, { cause: error }));
      }
      for (const one of this.writing) one.released();
      this.writing = [];
    }
  }

  private take(): readonly Waiting[] {
    const { maxWriteRecords, maxWriteBytes } = this.settings;
    let count = 0;
    let sizeBytes = 0;
    for (const one of this.waiting) {
      if (count === maxWriteRecords || (count > 0 && sizeBytes + one.sizeBytes > maxWriteBytes)) break;
      count += 1;
      sizeBytes += one.sizeBytes;
    }
    return this.waiting.splice(0, count);
  }
}

const NOT_DURABLE = "the event is not known to be durable: send it again";

function tooLate(): Rejection {
  return new Rejection("NOT_DURABLE", NOT_DURABLE);
}

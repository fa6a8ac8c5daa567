/** What can go wrong between here and a broker: a class for each way to recover. */
import type { TopicPartition } from "./protocol/api.js";

/** The base of all of this room's errors. */
export class WireError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What was thrown, as one of this room's errors. */
export function asWireError(error: unknown): WireError {
  return error instanceof WireError ? error : new WireError(String(error), { cause: error });
}

/** The broker sent what is not a response of the protocol. A bug or a wrong peer: not to be retried. */
export class ProtocolError extends WireError {}

/** No connection, or it broke, or no answer came in time. To be retried: on another connection, perhaps to another broker. */
export class ConnectionError extends WireError {}

/** The broker has refused who we are: wrong user, password, certificate or mechanism. Retrying will not help. */
export class AuthenticationError extends WireError {}

/** The broker is too old for a request that is needed. */
export class UnsupportedBrokerError extends WireError {
  constructor(broker: string, api: { readonly name: string; readonly version: number }, offered: string) {
    super(
      `${broker} does not speak ${api.name} in version ${api.version} (it offers ${offered}); Apache Kafka 3.1 or later is needed`,
    );
  }
}

/** What a retry could not do until its time was over. The last failure is the cause. */
export class DeadlineError extends WireError {
  constructor(what: string, afterMs: number, cause: unknown) {
    const last = cause instanceof Error ? `: ${cause.message}` : "";
    super(`${what}: given up after ${Math.round(afterMs)} ms${last}`, { cause });
  }
}

/** What was used is closed, by us. */
export class ClosedError extends WireError {}

/** A newer writer or member has taken the place of this one, or it was away for too long. What it wrote last does not count. */
export class FencedError extends WireError {}

/** The writer cannot go on and has to be made anew (InitProducerId). Nothing of an open transaction counts. */
export class ReinitialiseError extends WireError {}

/** Whether what was asked for has happened cannot be known from here. Look at what is durable, after fencing. */
export class OutcomeUnknownError extends WireError {}

/** The broker will not do it, however often it is asked. */
export class RefusedError extends WireError {}

/** The record is larger than a batch may be. Nothing was sent and the writer can go on. */
export class RecordTooLargeError extends WireError {
  constructor({ topic, partition }: TopicPartition, sizeBytes: number, maxBytes: number) {
    super(
      `a record for ${topic}-${partition} makes a batch of ${sizeBytes} bytes, more than ${maxBytes} (maxRecordBytes)`,
    );
  }
}

/** An error of one partition that is read; the others go on. */
export class PartitionError extends WireError {
  readonly topic: string;
  readonly partition: number;
  /** Where reading stands. */
  readonly offset: number;

  constructor({ topic, partition }: TopicPartition, offset: number, what: string, options?: ErrorOptions) {
    super(`${topic}-${partition} at offset ${offset}: ${what}`, options);
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
  }
}

/** The offset is not in the log: its records have expired, or it lies beyond the end. Where to go on is the caller's decision. */
export class OffsetOutOfRangeError extends PartitionError {
  /** The first offset that is there, and the end: the offset after the last record. */
  readonly logStartOffset: number;
  readonly endOffset: number;

  constructor(place: TopicPartition, offset: number, logStartOffset: number, endOffset: number) {
    const what =
      offset < logStartOffset
        ? `the records up to ${logStartOffset} are gone (retention, or deleted)`
        : `the log ends at ${endOffset} (it was truncated or made anew, or the offset is of another topic)`;
    super(place, offset, `${what}; it holds ${logStartOffset} to ${endOffset}`);
    this.logStartOffset = logStartOffset;
    this.endOffset = endOffset;
  }
}

/** Records that were read are no longer in the log: an unclean leader has lost them. */
export class LogTruncatedError extends PartitionError {
  /** Up to here the log is still what was read. */
  readonly commonEndOffset: number;

  constructor(place: TopicPartition, offset: number, commonEndOffset: number) {
    super(
      place,
      offset,
      `the log was truncated: it is what was read before only up to ${commonEndOffset} (unclean leader election, or the topic was made anew)`,
    );
    this.commonEndOffset = commonEndOffset;
  }
}

/** The topic was deleted, and perhaps made again: what was read is of another topic. */
export class TopicRecreatedError extends PartitionError {
  constructor(place: TopicPartition, offset: number, oldId: string, newId: string | null) {
    super(
      place,
      offset,
      `the topic with id ${oldId} is gone${newId === null ? "" : `; its name now belongs to the one with id ${newId}`}`,
    );
  }
}

/** A batch cannot be read: damaged, or compressed with what is not supported. The cause says what. */
export class UnreadableBatchError extends PartitionError {}

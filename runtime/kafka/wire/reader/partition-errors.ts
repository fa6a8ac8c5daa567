/** Errors that are of one partition: what the broker says of it, and a topic that is gone. */
import { Code, RetriableError } from "../error-codes.js";
import { PartitionError, TopicRecreatedError, type WireError } from "../errors.js";
import type { PartitionState } from "./partition-state.js";

const UNKNOWN_TOPIC: readonly number[] = [Code.unknownTopicOrPartition, Code.unknownTopicId, Code.inconsistentTopicId];

export function partitionError(state: PartitionState, cause: WireError): PartitionError {
  return new PartitionError(state, state.position, cause.message, { cause });
}

/** Null while the name belongs to the same topic: that of the first id that was heard, which the state keeps. */
export function recreatedError(state: PartitionState, topicId: string): TopicRecreatedError | null {
  state.topicId ??= topicId;
  if (state.topicId === topicId) return null;
  return new TopicRecreatedError(state, state.position, state.topicId, topicId);
}

/** A topic that is unknown for so long is gone. A broker that is away is waited for. @param now of `performance.now()` */
export function goneError(
  state: PartitionState,
  error: WireError,
  now: number,
  timeoutMs: number,
): PartitionError | null {
  if (!(error instanceof RetriableError) || !UNKNOWN_TOPIC.includes(error.code)) return null;
  state.missingSinceMs ??= now;
  if (now - state.missingSinceMs < timeoutMs) return null;
  if (state.topicId === null) return partitionError(state, error);
  return new TopicRecreatedError(state, state.position, state.topicId, null);
}

/** What Kafka said, as the errors of this room: those that a user can act on by name. */
import {
  ConnectionError,
  DeadlineError,
  LogTruncatedError,
  OffsetOutOfRangeError,
  RetriableError,
  TopicRecreatedError,
  WireError,
} from "../runtime/kafka/wire/index.js";
import {
  BrokersUnreachableError,
  ConsumerError,
  KafkaError,
  MissingTopicError,
  RetentionGapError,
  TopicChangedError,
} from "./errors.js";

const UNKNOWN_TOPIC: readonly number[] = [3, 100];

/** @param topic that is read */
export function consumerError(error: unknown, topic: string): Error {
  if (error instanceof ConsumerError) return error;
  if (error instanceof OffsetOutOfRangeError) {
    const { partition, offset, logStartOffset } = error;
    if (offset < logStartOffset) return new RetentionGapError(topic, partition, offset, logStartOffset);
    return new TopicChangedError(topic, partition, offset, endsAt(error.endOffset), { cause: error });
  }
  if (error instanceof LogTruncatedError || error instanceof TopicRecreatedError)
    return new TopicChangedError(topic, error.partition, error.offset, withoutPlace(error), { cause: error });
  if (isUnknownTopic(error)) return new MissingTopicError(topic);
  if (error instanceof ConnectionError || (error instanceof DeadlineError && error.cause instanceof ConnectionError))
    return new BrokersUnreachableError(error.message, { cause: error });
  if (error instanceof WireError) return new KafkaError(error.message, { cause: error });
  return error instanceof Error ? error : new ConsumerError(String(error), { cause: error });
}

export function endsAt(endOffset: number): string {
  return `the log ends at ${endOffset} (it was truncated or made anew, or the offset is of another topic)`;
}

/** Whether the cluster says that it has no such topic. */
export function isUnknownTopic(error: unknown): boolean {
  if (error instanceof DeadlineError) return isUnknownTopic(error.cause);
  return error instanceof RetriableError && UNKNOWN_TOPIC.includes(error.code);
}

/** The wire's errors of a partition begin with where it is, which the error here says by itself. */
function withoutPlace({ message, offset }: LogTruncatedError | TopicRecreatedError): string {
  const mark = `at offset ${offset}: `;
  const at = message.indexOf(mark);
  return at < 0 ? message : message.slice(at + mark.length);
}

/** What one Kafka API in one version is: how its request is written and its response read. */
import type { ResponseDecoder } from "./decoder.js";
import type { RequestEncoder } from "./encoder.js";

/**
 * Each API is spoken in one version only. A broker that does not know it is refused when the connection is made.
 * Source of all of them: the message definitions of Apache Kafka, clients/src/main/resources/common/message.
 */
export interface Api<Request, Response> {
  readonly key: number;
  readonly name: string;
  readonly version: number;
  /** Flexible versions have tagged fields in their headers too (KIP-482). */
  readonly flexible: boolean;
  encode(encoder: RequestEncoder, request: Request): void;
  decode(decoder: ResponseDecoder): Response;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** As Kafka names a partition in its logs. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Items in the order of their topics' first appearance, as requests group them. */
export function byTopic<T extends TopicPartition>(items: readonly T[]): (readonly [topic: string, items: T[]])[] {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const others = topics.get(item.topic);
    if (others === undefined) topics.set(item.topic, [item]);
    else others.push(item);
  }
  return [...topics];
}

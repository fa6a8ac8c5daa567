/** The product and its dead letters in an engine, whichever it is. */
import type { DeadLetterPort, LetterTopics } from "../../../runtime/dead-letters/index.js";
import { pagesOf } from "../../../runtime/queries/index.js";
import type { ConsumedRecord, ProducedRecord } from "../../../runtime/task/index.js";

/** Topics are named without their prefix. */
export interface LetterHost {
  readonly letters: DeadLetterPort;
  readonly topics: LetterTopics;
  readonly topicPrefix: string;
  /** Writes records, and waits until all that follows from them is durable. */
  pipe(records: readonly ProducedRecord[]): Promise<void>;
  caughtUp(): Promise<void>;
  /** Ends the engine; the next one has this tenant for documents without one. */
  restart(tenant: string): Promise<void>;
  close(): Promise<void>;
}

export const PARTITIONS = 3;

/** All records of a topic, partition by partition. */
export async function recordsOf({ topics, topicPrefix }: LetterHost, name: string): Promise<ConsumedRecord[]> {
  const topic = `${topicPrefix}${name}`;
  const found: ConsumedRecord[] = [];
  for (let partition = 0; partition < (name === "dead-letters" ? 1 : PARTITIONS); partition++) {
    const toOffset = await topics.log.endOffset(topic, partition);
    for await (const page of pagesOf(topics.log, { topic, partition, fromOffset: 0, toOffset }))
      for (const record of page) found.push(copyOf(record));
  }
  return found;
}

/** With bytes that are equal to those that a test makes: Buffers are not. */
function copyOf({ topic, partition, offset, timestamp, key, value, headers }: ConsumedRecord): ConsumedRecord {
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map((header) => ({ key: header.key, value: bytesOf(header.value) })),
  };
}

function bytesOf(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Uint8Array.from(bytes);
}

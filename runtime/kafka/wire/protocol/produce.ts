/** Produce: one batch per partition, to the leader of each. */
import type { Buffer } from "node:buffer";
import { type Api, byTopic, type TopicPartition } from "./api.js";

export interface ProduceBatch extends TopicPartition {
  readonly bytes: Buffer;
}

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly timeoutMs: number;
  /** At most one of each partition. */
  readonly batches: readonly ProduceBatch[];
}

export interface ProducedPartition extends TopicPartition {
  readonly errorCode: number;
  /** -1 when the batch was there already and the broker no longer knows where. */
  readonly baseOffset: number;
  readonly logStartOffset: number;
  /** What the broker has against the batch or a record of it, if it says more than the code. */
  readonly message: string | null;
}

export interface ProduceResponse {
  readonly throttleMs: number;
  readonly partitions: readonly ProducedPartition[];
}

/** By all in-sync replicas: an idempotent producer may not ask for less. */
const ALL = -1;

export const produce: Api<ProduceRequest, ProduceResponse> = {
  key: 0,
  name: "Produce",
  version: 8,
  flexible: false,
  encode(encoder, { transactionalId, timeoutMs, batches }) {
    encoder.nullableString(transactionalId);
    encoder.int16(ALL);
    encoder.int32(timeoutMs);
    encoder.array(byTopic(batches), ([topic, ones]) => {
      encoder.string(topic);
      encoder.array(ones, ({ partition, bytes }) => {
        encoder.int32(partition);
        encoder.bytes(bytes);
      });
    });
  },
  decode(decoder) {
    const topics = decoder.array(() => {
      const topic = decoder.string();
      return decoder.array(() => {
        const partition = decoder.int32();
        const errorCode = decoder.int16();
        const baseOffset = decoder.int64();
        decoder.int64();
        const logStartOffset = decoder.int64();
        const records = decoder.array(() => ({ index: decoder.int32(), message: decoder.nullableString() }));
        const message = decoder.nullableString() ?? records[0]?.message ?? null;
        return { topic, partition, errorCode, baseOffset, logStartOffset, message };
      });
    });
    return { throttleMs: decoder.int32(), partitions: topics.flat() };
  },
};

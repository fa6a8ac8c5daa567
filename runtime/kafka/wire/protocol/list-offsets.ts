/** ListOffsets: the first offset, the end, or the first at or after a time. */
import { type Api, byTopic, type TopicPartition } from "./api.js";
import type { Isolation } from "./fetch.js";

/** Epoch milliseconds, or one of these. With `read_committed`, the end is the last stable offset. */
export const EARLIEST = -2;
export const LATEST = -1;

export interface ListOffsetsPartition extends TopicPartition {
  readonly leaderEpoch: number;
  readonly timestamp: number;
}

export interface ListedOffset extends TopicPartition {
  readonly errorCode: number;
  /** -1 when no record is as late as the time asked for. */
  readonly offset: number;
  readonly timestamp: number;
}

export interface ListOffsetsRequest {
  readonly isolation: Isolation;
  readonly partitions: readonly ListOffsetsPartition[];
}

export const listOffsets: Api<ListOffsetsRequest, readonly ListedOffset[]> = {
  key: 2,
  name: "ListOffsets",
  version: 5,
  flexible: false,
  encode(encoder, { isolation, partitions }) {
    encoder.int32(-1);
    encoder.int8(isolation === "read_committed" ? 1 : 0);
    encoder.array(byTopic(partitions), ([topic, ones]) => {
      encoder.string(topic);
      encoder.array(ones, ({ partition, leaderEpoch, timestamp }) => {
        encoder.int32(partition);
        encoder.int32(leaderEpoch);
        encoder.int64(timestamp);
      });
    });
  },
  decode(decoder) {
    decoder.int32();
    const topics = decoder.array(() => {
      const topic = decoder.string();
      return decoder.array(() => {
        const partition = decoder.int32();
        const errorCode = decoder.int16();
        const timestamp = decoder.int64();
        const offset = decoder.int64();
        decoder.int32();
        return { topic, partition, errorCode, timestamp, offset };
      });
    });
    return topics.flat();
  },
};

/** DeleteRecords: to the leaders of the partitions. */
import { type Api, byTopic, type TopicPartition } from "../../protocol/api.js";
import type { PartitionError } from "../../protocol/transactions.js";

export interface RecordsBefore extends TopicPartition {
  /** The first one that stays. */
  readonly offset: number;
}

export interface DeleteRecordsRequest {
  readonly partitions: readonly RecordsBefore[];
  readonly timeoutMs: number;
}

export const deleteRecordsBefore: Api<DeleteRecordsRequest, readonly PartitionError[]> = {
  key: 21,
  name: "DeleteRecords",
  version: 1,
  flexible: false,
  encode(encoder, { partitions, timeoutMs }) {
    encoder.array(byTopic(partitions), ([topic, ones]) => {
      encoder.string(topic);
      encoder.array(ones, ({ partition, offset }) => {
        encoder.int32(partition);
        encoder.int64(offset);
      });
    });
    encoder.int32(timeoutMs);
  },
  decode(decoder) {
    decoder.int32();
    const topics = decoder.array(() => {
      const topic = decoder.string();
      return decoder.array(() => {
        const partition = decoder.int32();
        decoder.int64();
        return { topic, partition, errorCode: decoder.int16() };
      });
    });
    return topics.flat();
  },
};

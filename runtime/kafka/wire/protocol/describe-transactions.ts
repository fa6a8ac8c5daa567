/** DescribeTransactions: what the coordinator of transactional ids knows of their transactions. */
import type { Api, TopicPartition } from "./api.js";
import type { ResponseDecoder } from "./decoder.js";

export interface DescribedTransaction {
  readonly errorCode: number;
  readonly transactionalId: string;
  /** As the broker spells it: `Ongoing`, `PrepareCommit`, `CompleteAbort`, … */
  readonly state: string;
  readonly timeoutMs: number;
  /** Epoch milliseconds, -1 when there is no transaction. */
  readonly startedAtMs: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  /** In no order. Once its end is decided, only those that have no marker yet. */
  readonly partitions: readonly TopicPartition[];
}

/** KIP-664. */
export const describeTransactions: Api<
  { readonly transactionalIds: readonly string[] },
  readonly DescribedTransaction[]
> = {
  key: 65,
  name: "DescribeTransactions",
  version: 0,
  flexible: true,
  encode(encoder, { transactionalIds }) {
    encoder.compactArray(transactionalIds, (id) => encoder.compactString(id));
    encoder.noTags();
  },
  decode(decoder) {
    decoder.int32();
    return decoder.compactArray(() => {
      const transaction = {
        errorCode: decoder.int16(),
        transactionalId: decoder.compactString(),
        state: decoder.compactString(),
        timeoutMs: decoder.int32(),
        startedAtMs: decoder.int64(),
        producerId: decoder.int64(),
        producerEpoch: decoder.int16(),
        partitions: partitions(decoder),
      };
      decoder.tags();
      return transaction;
    });
  },
};

function partitions(decoder: ResponseDecoder): TopicPartition[] {
  const topics = decoder.compactArray(() => {
    const topic = decoder.compactString();
    const ones = decoder.compactArray(() => ({ topic, partition: decoder.int32() }));
    decoder.tags();
    return ones;
  });
  return topics.flat();
}

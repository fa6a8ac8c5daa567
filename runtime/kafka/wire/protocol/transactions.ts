/** The requests of a transaction, all to its coordinator but for TxnOffsetCommit, which goes to the group's. */
import { type Api, byTopic, type TopicPartition } from "./api.js";
import type { ResponseDecoder } from "./decoder.js";

/** Who writes. An epoch is fenced by the next one. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface TransactionIdentity extends ProducerIdentity {
  readonly transactionalId: string;
}

export interface InitProducerIdRequest {
  /** Null: idempotent only, every answer is a new id. */
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
}

export const initProducerId: Api<InitProducerIdRequest, ProducerIdentity & { readonly errorCode: number }> = {
  key: 22,
  name: "InitProducerId",
  version: 1,
  flexible: false,
  encode(encoder, { transactionalId, transactionTimeoutMs }) {
    encoder.nullableString(transactionalId);
    encoder.int32(transactionTimeoutMs);
  },
  decode(decoder) {
    decoder.int32();
    return { errorCode: decoder.int16(), producerId: decoder.int64(), producerEpoch: decoder.int16() };
  },
};

export interface AddPartitionsRequest extends TransactionIdentity {
  readonly partitions: readonly TopicPartition[];
}

export type PartitionError = TopicPartition & { readonly errorCode: number };

/** Of each topic its partitions, of each an error code. */
export function partitionErrors(decoder: ResponseDecoder): PartitionError[] {
  const topics = decoder.array(() => {
    const topic = decoder.string();
    return decoder.array(() => ({ topic, partition: decoder.int32(), errorCode: decoder.int16() }));
  });
  return topics.flat();
}

export const addPartitionsToTxn: Api<AddPartitionsRequest, readonly PartitionError[]> = {
  key: 24,
  name: "AddPartitionsToTxn",
  version: 2,
  flexible: false,
  encode(encoder, { transactionalId, producerId, producerEpoch, partitions }) {
    encoder.string(transactionalId);
    encoder.int64(producerId);
    encoder.int16(producerEpoch);
    encoder.array(byTopic(partitions), ([topic, ones]) => {
      encoder.string(topic);
      encoder.array(ones, ({ partition }) => encoder.int32(partition));
    });
  },
  decode(decoder) {
    decoder.int32();
    return partitionErrors(decoder);
  },
};

export interface AddOffsetsRequest extends TransactionIdentity {
  readonly groupId: string;
}

export const addOffsetsToTxn: Api<AddOffsetsRequest, { readonly errorCode: number }> = {
  key: 25,
  name: "AddOffsetsToTxn",
  version: 2,
  flexible: false,
  encode(encoder, { transactionalId, producerId, producerEpoch, groupId }) {
    encoder.string(transactionalId);
    encoder.int64(producerId);
    encoder.int16(producerEpoch);
    encoder.string(groupId);
  },
  decode(decoder) {
    decoder.int32();
    return { errorCode: decoder.int16() };
  },
};

export interface EndTxnRequest extends TransactionIdentity {
  readonly commit: boolean;
}

export const endTxn: Api<EndTxnRequest, { readonly errorCode: number }> = {
  key: 26,
  name: "EndTxn",
  version: 2,
  flexible: false,
  encode(encoder, { transactionalId, producerId, producerEpoch, commit }) {
    encoder.string(transactionalId);
    encoder.int64(producerId);
    encoder.int16(producerEpoch);
    encoder.bool(commit);
  },
  decode(decoder) {
    decoder.int32();
    return { errorCode: decoder.int16() };
  },
};

/** An offset of a group: the next one to be read. */
export interface GroupOffset extends TopicPartition {
  readonly offset: number;
  /** For tools and later readers; bounded by the broker (offset.metadata.max.bytes, 4096 by default). */
  readonly metadata: string | null;
}

/** Who commits: a member in a generation of the group. A coordinator refuses any other (KIP-447). */
export interface GroupMember {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
}

export interface TxnOffsetCommitRequest extends TransactionIdentity, GroupMember {
  readonly offsets: readonly GroupOffset[];
}

const NO_LEADER_EPOCH = -1;

/** Version 3 is the first with the member: the commit of a zombie is refused by it. */
export const txnOffsetCommit: Api<TxnOffsetCommitRequest, readonly PartitionError[]> = {
  key: 28,
  name: "TxnOffsetCommit",
  version: 3,
  flexible: true,
  encode(encoder, request) {
    encoder.compactString(request.transactionalId);
    encoder.compactString(request.groupId);
    encoder.int64(request.producerId);
    encoder.int16(request.producerEpoch);
    encoder.int32(request.generationId);
    encoder.compactString(request.memberId);
    encoder.compactNullableString(null);
    encoder.compactArray(byTopic(request.offsets), ([topic, ones]) => {
      encoder.compactString(topic);
      encoder.compactArray(ones, ({ partition, offset, metadata }) => {
        encoder.int32(partition);
        encoder.int64(offset);
        encoder.int32(NO_LEADER_EPOCH);
        encoder.compactNullableString(metadata);
        encoder.noTags();
      });
      encoder.noTags();
    });
    encoder.noTags();
  },
  decode(decoder) {
    decoder.int32();
    const topics = decoder.compactArray(() => {
      const topic = decoder.compactString();
      const partitions = decoder.compactArray(() => {
        const partition = { topic, partition: decoder.int32(), errorCode: decoder.int16() };
        decoder.tags();
        return partition;
      });
      decoder.tags();
      return partitions;
    });
    return topics.flat();
  },
};

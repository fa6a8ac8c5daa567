/** What a group remembers, and leaving one; joining is kafkajs'. */
import { type Api, byTopic, type TopicPartition } from "./api.js";
import { type GroupMember, type GroupOffset, type PartitionError, partitionErrors } from "./transactions.js";

export type CoordinatorKind = "group" | "transaction";

export interface FoundCoordinator {
  readonly errorCode: number;
  readonly message: string | null;
  readonly nodeId: number;
}

export const findCoordinator: Api<{ readonly kind: CoordinatorKind; readonly key: string }, FoundCoordinator> = {
  key: 10,
  name: "FindCoordinator",
  version: 2,
  flexible: false,
  encode(encoder, { kind, key }) {
    encoder.string(key);
    encoder.int8(kind === "group" ? 0 : 1);
  },
  decode(decoder) {
    decoder.int32();
    return { errorCode: decoder.int16(), message: decoder.nullableString(), nodeId: decoder.int32() };
  },
};

export interface OffsetFetchRequest {
  readonly groupId: string;
  readonly partitions: readonly TopicPartition[];
  /** Refused with UNSTABLE_OFFSET_COMMIT while a transaction that commits offsets of these partitions is open (KIP-447). */
  readonly requireStable: boolean;
}

export interface FetchedOffset extends PartitionError {
  /** Null when the group has none. */
  readonly offset: number | null;
  readonly metadata: string | null;
}

export interface OffsetFetchResponse {
  readonly errorCode: number;
  readonly offsets: readonly FetchedOffset[];
}

export const offsetFetch: Api<OffsetFetchRequest, OffsetFetchResponse> = {
  key: 9,
  name: "OffsetFetch",
  version: 7,
  flexible: true,
  encode(encoder, { groupId, partitions, requireStable }) {
    encoder.compactString(groupId);
    encoder.compactArray(byTopic(partitions), ([topic, ones]) => {
      encoder.compactString(topic);
      encoder.compactArray(ones, ({ partition }) => encoder.int32(partition));
      encoder.noTags();
    });
    encoder.bool(requireStable);
    encoder.noTags();
  },
  decode(decoder) {
    decoder.int32();
    const topics = decoder.compactArray(() => {
      const topic = decoder.compactString();
      const partitions = decoder.compactArray(() => {
        const partition = decoder.int32();
        const offset = decoder.int64();
        decoder.int32();
        const metadata = decoder.compactNullableString();
        const errorCode = decoder.int16();
        decoder.tags();
        return { topic, partition, offset: offset < 0 ? null : offset, metadata, errorCode };
      });
      decoder.tags();
      return partitions;
    });
    return { offsets: topics.flat(), errorCode: decoder.int16() };
  },
};

export interface OffsetCommitRequest extends GroupMember {
  readonly offsets: readonly GroupOffset[];
}

export const offsetCommit: Api<OffsetCommitRequest, readonly PartitionError[]> = {
  key: 8,
  name: "OffsetCommit",
  version: 7,
  flexible: false,
  encode(encoder, { groupId, generationId, memberId, offsets }) {
    encoder.string(groupId);
    encoder.int32(generationId);
    encoder.string(memberId);
    encoder.nullableString(null);
    encoder.array(byTopic(offsets), ([topic, ones]) => {
      encoder.string(topic);
      encoder.array(ones, ({ partition, offset, metadata }) => {
        encoder.int32(partition);
        encoder.int64(offset);
        encoder.int32(-1);
        encoder.nullableString(metadata);
      });
    });
  },
  decode(decoder) {
    decoder.int32();
    return partitionErrors(decoder);
  },
};

export interface LeaveGroupRequest {
  readonly groupId: string;
  readonly memberId: string;
}

/** Any client may send it for any member (K23). */
export const leaveGroup: Api<LeaveGroupRequest, { readonly errorCode: number }> = {
  key: 13,
  name: "LeaveGroup",
  version: 1,
  flexible: false,
  encode(encoder, { groupId, memberId }) {
    encoder.string(groupId);
    encoder.string(memberId);
  },
  decode(decoder) {
    decoder.int32();
    return { errorCode: decoder.int16() };
  },
};

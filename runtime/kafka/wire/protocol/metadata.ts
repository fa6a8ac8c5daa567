/** Metadata: which brokers there are, which topics, and who leads their partitions. */
import { Buffer } from "node:buffer";
import type { Api } from "./api.js";

export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface PartitionMetadata {
  readonly errorCode: number;
  readonly partition: number;
  /** -1 when there is none now. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  /** Hexadecimal. A topic that is deleted and made again has another one. */
  readonly topicId: string;
  readonly partitions: readonly PartitionMetadata[];
}

export interface MetadataResponse {
  readonly brokers: readonly BrokerAddress[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

const NO_TOPIC_ID = Buffer.alloc(16);

export const metadata: Api<{ readonly topics: readonly string[] }, MetadataResponse> = {
  key: 3,
  name: "Metadata",
  version: 12,
  flexible: true,
  encode(encoder, { topics }) {
    encoder.compactArray(topics, (topic) => {
      encoder.uuid(NO_TOPIC_ID);
      encoder.compactNullableString(topic);
      encoder.noTags();
    });
    encoder.bool(false); // no topic comes to be by being asked for
    encoder.bool(false);
    encoder.noTags();
  },
  decode(decoder) {
    decoder.int32();
    const brokers = decoder.compactArray(() => {
      const broker = { nodeId: decoder.int32(), host: decoder.compactString(), port: decoder.int32() };
      decoder.compactNullableString();
      decoder.tags();
      return broker;
    });
    const clusterId = decoder.compactNullableString();
    const controllerId = decoder.int32();
    const topics = decoder.compactArray(() => {
      const errorCode = decoder.int16();
      const topic = decoder.compactNullableString() ?? "";
      const topicId = decoder.uuid();
      decoder.bool();
      const partitions = decoder.compactArray(() => {
        const partition = {
          errorCode: decoder.int16(),
          partition: decoder.int32(),
          leader: decoder.int32(),
          leaderEpoch: decoder.int32(),
          replicas: decoder.compactArray(() => decoder.int32()),
          inSync: decoder.compactArray(() => decoder.int32()),
        };
        decoder.compactArray(() => decoder.int32());
        decoder.tags();
        return partition;
      });
      decoder.int32();
      decoder.tags();
      return { errorCode, topic, topicId, partitions };
    });
    return { brokers, clusterId, controllerId, topics };
  },
};

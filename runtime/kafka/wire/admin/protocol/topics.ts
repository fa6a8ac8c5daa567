/** CreateTopics and DeleteTopics: to the controller, to which newer brokers pass them on. */
import type { Api } from "../../protocol/api.js";

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

export interface TopicResult {
  readonly name: string;
  readonly errorCode: number;
  readonly message: string | null;
}

export interface CreateTopicsRequest {
  readonly topics: readonly TopicToCreate[];
  readonly timeoutMs: number;
}

export const createTopics: Api<CreateTopicsRequest, readonly TopicResult[]> = {
  key: 19,
  name: "CreateTopics",
  version: 4,
  flexible: false,
  encode(encoder, { topics, timeoutMs }) {
    encoder.array(topics, ({ name, partitions, replicationFactor, configs }) => {
      encoder.string(name);
      encoder.int32(partitions);
      encoder.int16(replicationFactor);
      encoder.array([], () => undefined);
      encoder.array(Object.entries(configs), ([config, value]) => {
        encoder.string(config);
        encoder.nullableString(value);
      });
    });
    encoder.int32(timeoutMs);
    encoder.bool(false);
  },
  decode(decoder) {
    decoder.int32();
    return decoder.array(() => ({
      name: decoder.string(),
      errorCode: decoder.int16(),
      message: decoder.nullableString(),
    }));
  },
};

export interface DeleteTopicsRequest {
  readonly names: readonly string[];
  readonly timeoutMs: number;
}

export const deleteTopics: Api<DeleteTopicsRequest, readonly Omit<TopicResult, "message">[]> = {
  key: 20,
  name: "DeleteTopics",
  version: 3,
  flexible: false,
  encode(encoder, { names, timeoutMs }) {
    encoder.array(names, (name) => encoder.string(name));
    encoder.int32(timeoutMs);
  },
  decode(decoder) {
    decoder.int32();
    return decoder.array(() => ({ name: decoder.string(), errorCode: decoder.int16() }));
  },
};

/** DescribeConfigs of topics: to any broker. */
import type { Api } from "../../protocol/api.js";

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | null;
  /** Of the topic itself, and not a default. */
  readonly own: boolean;
}

export interface TopicConfigs {
  readonly name: string;
  readonly errorCode: number;
  readonly message: string | null;
  readonly entries: readonly ConfigEntry[];
}

const TOPIC = 2;
/** DYNAMIC_TOPIC_CONFIG of org.apache.kafka.clients.admin.ConfigEntry.ConfigSource. */
const SET_ON_TOPIC = 1;

export const describeConfigs: Api<{ readonly names: readonly string[] }, readonly TopicConfigs[]> = {
  key: 32,
  name: "DescribeConfigs",
  version: 1,
  flexible: false,
  encode(encoder, { names }) {
    encoder.array(names, (name) => {
      encoder.int8(TOPIC);
      encoder.string(name);
      encoder.int32(-1); // all of them
    });
    encoder.bool(false);
  },
  decode(decoder) {
    decoder.int32();
    return decoder.array(() => {
      const errorCode = decoder.int16();
      const message = decoder.nullableString();
      decoder.int8();
      const name = decoder.string();
      const entries = decoder.array(() => {
        const config = decoder.string();
        const value = decoder.nullableString();
        decoder.bool();
        const source = decoder.int8();
        decoder.bool();
        decoder.array(() => {
          decoder.string();
          decoder.nullableString();
          decoder.int8();
        });
        return { name: config, value, own: source === SET_ON_TOPIC };
      });
      return { name, errorCode, message, entries };
    });
  },
};

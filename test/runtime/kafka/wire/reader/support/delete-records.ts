/** DeleteRecords: a partition begins later from now on. */

import { retrying } from "../../../../../../runtime/kafka/wire/deadline.js";
import { brokerError } from "../../../../../../runtime/kafka/wire/error-codes.js";
import { type Cluster, Deadline, type TopicPartition } from "../../../../../../runtime/kafka/wire/index.js";
import type { Api } from "../../../../../../runtime/kafka/wire/protocol/api.js";

const WITHIN_MS = 15_000;

const api: Api<TopicPartition & { readonly before: number }, { readonly errorCode: number; readonly first: number }> = {
  key: 21,
  name: "DeleteRecords",
  version: 1,
  flexible: false,
  encode(encoder, { topic, partition, before }) {
    encoder.array([topic], (name) => {
      encoder.string(name);
      encoder.array([partition], (one) => {
        encoder.int32(one);
        encoder.int64(before);
      });
    });
    encoder.int32(WITHIN_MS);
  },
  decode(decoder) {
    decoder.int32();
    const [answer] = decoder
      .array(() => {
        decoder.string();
        return decoder.array(() => {
          decoder.int32();
          return { first: decoder.int64(), errorCode: decoder.int16() };
        });
      })
      .flat();
    return answer ?? { first: -1, errorCode: -1 };
  },
};

/** @returns the first offset that is left */
export function deleteRecords(cluster: Cluster, place: TopicPartition, before: number): Promise<number> {
  const what = `deleting the records of ${place.topic}-${place.partition} before ${before}`;
  const recover = (error: unknown) => cluster.recover(error);
  return retrying({ what, deadline: new Deadline(WITHIN_MS), recover }, async () => {
    const { nodeId } = await cluster.leader(place);
    const connection = await cluster.connection(nodeId, "raw");
    const { errorCode, first } = await connection.request(api, { ...place, before });
    if (errorCode !== 0) throw brokerError(what, errorCode);
    return first;
  });
}

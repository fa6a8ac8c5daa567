/** Fetch: batches of many partitions of one broker. */
import { Buffer } from "node:buffer";
import type { Api } from "./api.js";
import type { ResponseDecoder } from "./decoder.js";

export type Isolation = "read_committed" | "read_uncommitted";

export interface FetchPartition {
  readonly topicId: string;
  readonly partition: number;
  /** As the metadata say; a broker with another one refuses (KIP-320). */
  readonly leaderEpoch: number;
  readonly fetchOffset: number;
  /** The leader epoch of the batch before `fetchOffset`, -1 when unknown: the broker tells when its log has parted from that. */
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
}

export interface FetchRequest {
  readonly isolation: Isolation;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Those of a topic side by side. */
  readonly partitions: readonly FetchPartition[];
}

/** A transaction that was aborted, of which there may be records from `firstOffset` on. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Whole batches, the last one perhaps cut off; a view on the response. */
  readonly records: Buffer;
  /** The log has parted from what was read before: the last epoch in common, and where it ends now. */
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | null;
}

export interface FetchResponse {
  readonly throttleMs: number;
  readonly errorCode: number;
  readonly partitions: readonly FetchedPartition[];
}

const CONSUMER = -1;
const NO_SESSION_ID = 0;
const NO_SESSION_EPOCH = -1;
const NO_LOG_START = -1;
const NOTHING = Buffer.alloc(0);
const DIVERGING_EPOCH_TAG = 0;

/** Version 13 knows topics by id: a topic that was made again is not taken for the old one (KIP-516). */
export const fetch: Api<FetchRequest, FetchResponse> = {
  key: 1,
  name: "Fetch",
  version: 13,
  flexible: true,
  encode(encoder, request) {
    encoder.int32(CONSUMER);
    encoder.int32(request.maxWaitMs);
    encoder.int32(request.minBytes);
    encoder.int32(request.maxBytes);
    encoder.int8(request.isolation === "read_committed" ? 1 : 0);
    encoder.int32(NO_SESSION_ID);
    encoder.int32(NO_SESSION_EPOCH);
    encoder.compactArray(byTopicId(request.partitions), ([topicId, partitions]) => {
      encoder.uuid(Buffer.from(topicId, "hex"));
      encoder.compactArray(partitions, (one) => {
        encoder.int32(one.partition);
        encoder.int32(one.leaderEpoch);
        encoder.int64(one.fetchOffset);
        encoder.int32(one.lastFetchedEpoch);
        encoder.int64(NO_LOG_START);
        encoder.int32(one.maxBytes);
        encoder.noTags();
      });
      encoder.noTags();
    });
    encoder.compactArray([], () => undefined);
    encoder.compactString("");
    encoder.noTags();
  },
  decode(decoder) {
    const throttleMs = decoder.int32();
    const errorCode = decoder.int16();
    decoder.int32();
    const topics = decoder.compactArray(() => {
      const topicId = decoder.uuid();
      const partitions = decoder.compactArray(() => fetchedPartition(decoder, topicId));
      decoder.tags();
      return partitions;
    });
    return { throttleMs, errorCode, partitions: topics.flat() };
  },
};

function fetchedPartition(decoder: ResponseDecoder, topicId: string): FetchedPartition {
  const partition = decoder.int32();
  const errorCode = decoder.int16();
  const highWatermark = decoder.int64();
  const lastStableOffset = decoder.int64();
  const logStartOffset = decoder.int64();
  const aborted = decoder.compactArray(() => {
    const transaction = { producerId: decoder.int64(), firstOffset: decoder.int64() };
    decoder.tags();
    return transaction;
  });
  decoder.int32();
  const records = decoder.compactBytes() ?? NOTHING;
  let diverging: FetchedPartition["diverging"] = null;
  decoder.tags((tag, field) => {
    if (tag === DIVERGING_EPOCH_TAG) diverging = { epoch: field.int32(), endOffset: field.int64() };
  });
  return {
    topicId,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    records,
    diverging,
  };
}

function byTopicId(partitions: readonly FetchPartition[]): [topicId: string, partitions: FetchPartition[]][] {
  const topics: [string, FetchPartition[]][] = [];
  for (const partition of partitions) {
    const last = topics.at(-1);
    if (last !== undefined && last[0] === partition.topicId) last[1].push(partition);
    else topics.push([partition.topicId, [partition]]);
  }
  return topics;
}

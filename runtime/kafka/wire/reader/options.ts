/** How a reader is set up, and what it gives. */
import type { CompressionCodec, DecodedRecord } from "../../../records/index.js";
import type { TopicPartition } from "../protocol/api.js";
import type { Isolation } from "../protocol/fetch.js";
import type { Watermarks } from "./partition-state.js";

export interface ReaderOptions {
  readonly isolation: Isolation;
  /** Of one partition in one fetch; a batch that is larger comes whole. Default: 1 MiB. */
  readonly maxPageBytes?: number;
  /** Of one fetch. Default: 8 MiB. */
  readonly maxFetchBytes?: number;
  /** Fetched or being fetched, and not yet taken. Default: 32 MiB. */
  readonly maxBufferedBytes?: number;
  /** How long a broker may hold a fetch for which there is nothing. Default: 250 ms. */
  readonly maxWaitMs?: number;
  /** How long the cluster may not know a topic, as it is for a moment after it was made, before that is an error. Default: 10 s. */
  readonly unknownTopicTimeoutMs?: number;
  /** For compressed batches. Default: all that decodeBatch knows. */
  readonly codecs?: readonly CompressionCodec[];
  readonly maxDecompressedBytes?: number;
  /** Default: connections of its own. */
  readonly channel?: string;
}

/** What has been read of one partition. */
export interface Page extends TopicPartition, Watermarks {
  /** In the order of their offsets; perhaps none, when what is there is not visible. Views on one buffer: copy what is kept for long. */
  readonly records: readonly DecodedRecord[];
  readonly fromOffset: number;
  /** Where the next page begins. */
  readonly nextOffset: number;
  /** As fetched. */
  readonly sizeBytes: number;
}

/** How a sender of batches is set up. */
import { type CompressionCodec, noCompression } from "../../../records/index.js";
import type { Cluster } from "../cluster.js";

export interface SenderOptions {
  /** A batch before compression. Default: 1,000,000, a little less than brokers take by default. */
  readonly maxBatchBytes?: number;
  /** A record; one that is larger than a batch goes in a batch of its own, if its topic takes that. Default: as `maxBatchBytes`. */
  readonly maxRecordBytes?: number;
  /** A request, which holds one batch per partition. Default: 4 MiB. */
  readonly maxRequestBytes?: number;
  /** What is accepted and not yet acknowledged. Default: 32 MiB. */
  readonly maxBufferedBytes?: number;
  /** From when there is room for a write to its acknowledgement; when it is over, the writer has failed. Default: 120 s. */
  readonly deliveryTimeoutMs?: number;
  /** Default: none. */
  readonly compression?: CompressionCodec;
}

/** Who leads what, and the way there. */
export type LeaderDirectory = Pick<Cluster, "knownLeader" | "leader" | "connection" | "recover" | "requestTimeoutMs">;

const DEFAULT_BATCH_BYTES = 1_000_000;

export function withDefaults(options: SenderOptions): Required<SenderOptions> {
  return {
    maxBatchBytes: DEFAULT_BATCH_BYTES,
    maxRecordBytes: options.maxBatchBytes ?? DEFAULT_BATCH_BYTES,
    maxRequestBytes: 4 * 1024 * 1024,
    maxBufferedBytes: 32 * 1024 * 1024,
    deliveryTimeoutMs: 120_000,
    compression: noCompression,
    ...options,
  };
}

/** How a sender of batches is set up. */
import type { CompressionCodec } from "../../../records/index.js";
import type { Cluster } from "../cluster.js";

export interface SenderOptions {
  /** A batch before compression. Default: 1,000,000, a little less than brokers take by default. */
  readonly maxBatchBytes?: number;
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

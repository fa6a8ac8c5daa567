/** The door of the record batch room: Kafka's batch format v2 in both directions, and Kafka's partitioning of keys. */
export { type BatchBuilderOptions, RecordBatchBuilder } from "./builder.js";
export {
  type CompressionCodec,
  type CompressionId,
  gzip,
  noCompression,
} from "./compression.js";
export { lz4 } from "./compression-lz4.js";
export { snappy } from "./compression-snappy.js";
export { zstd } from "./compression-zstd.js";
export type { ControlMarker } from "./control.js";
export {
  type DecodedBatch,
  type DecodeOptions,
  decodeBatch,
} from "./decode.js";
export { encodeBatch } from "./encode.js";
export {
  CorruptBatchError,
  type Corruption,
  DecompressedSizeError,
  InvalidBatchError,
  RecordBatchError,
  UnsafeLongError,
  UnsupportedCompressionError,
} from "./errors.js";
export {
  assignBaseOffset,
  type BatchHeader,
  batchesIn,
  readBatchHeader,
} from "./header.js";
export { murmur2, partitionFor } from "./partitioner.js";
export type {
  BatchRecord,
  DecodedHeader,
  DecodedRecord,
  RecordHeader,
} from "./record.js";
export { retainRecords } from "./retain.js";
export type { BatchOptions, BatchProducer } from "./seal.js";

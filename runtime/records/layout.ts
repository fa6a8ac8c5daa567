/**
 * Where things are in a batch of format v2, in bytes from its start.
 * Source: "Record Batch" in Kafka's documentation (https://kafka.apache.org/documentation/#recordbatch) and KIP-98.
 */

export const BASE_OFFSET_AT = 0;
export const BATCH_LENGTH_AT = 8;
export const PARTITION_LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
/** The checksum covers everything from here: a broker may assign offsets and leader epoch without touching it. */
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORDS_COUNT_AT = 57;
export const RECORDS_AT = 61;

/** `batchLength` counts what follows it. */
export const LENGTH_STARTS_AT = 12;
export const MAX_BATCH_BYTES = 2 ** 31 - 1 + LENGTH_STARTS_AT;

export const MAGIC = 2;

export const COMPRESSION_MASK = 0x07;
export const LOG_APPEND_TIME_BIT = 0x08;
export const TRANSACTIONAL_BIT = 0x10;
export const CONTROL_BIT = 0x20;
export const DELETE_HORIZON_BIT = 0x40;

/** Seven one-byte fields: length, attributes, two deltas, key length, value length, header count. */
export const SMALLEST_RECORD_BYTES = 7;

export const MAX_INT32 = 2 ** 31 - 1;
export const MIN_INT32 = -(2 ** 31);

/** What a record is, before it is encoded and after it was decoded. */

export interface RecordHeader {
  /** UTF-8 on the wire: a lone surrogate does not survive. */
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record to be encoded. */
export interface BatchRecord {
  /** Epoch milliseconds; -1 means none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** Null is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/**
 * A record that was decoded. Key, value and headers are views on the batch, made anew each time they are asked for: ask once,
 * and copy what is kept for long, for a view keeps the whole buffer alive.
 */
export interface DecodedRecord extends BatchRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly DecodedHeader[];
  /** What the record takes in its (decompressed) batch. */
  readonly sizeBytes: number;
}

/** Bytes of the key that are not UTF-8 read as U+FFFD, as in Kafka's client. */
export interface DecodedHeader extends RecordHeader {
  readonly value: Buffer | null;
}

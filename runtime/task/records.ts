/** The records that a task takes and gives: bytes on both sides, as a log or a broker has them. */

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as it was read from a topic. */
export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** Records of one partition, with their place. What else a reader's records carry stays behind. */
export function consumedRecords(
  topic: string,
  partition: number,
  records: readonly Omit<ConsumedRecord, "topic" | "partition">[],
): ConsumedRecord[] {
  return records.map(({ offset, timestamp, key, value, headers }) => ({
    topic,
    partition,
    offset,
    timestamp,
    key,
    value,
    headers,
  }));
}

/** A record to be written. */
export interface ProducedRecord {
  readonly topic: string;
  /** Absent: where Kafka's Java client would put its key; without a key 0. */
  readonly partition?: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

// A byte order mark is a character like any other: dropped, two keys in two partitions would look the same.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of bytes; null when they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | null {
  if (bytes.length <= SHORT_BYTES && bytes instanceof Buffer && isAscii(bytes)) return bytes.toString("latin1");
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Keys and header values mostly are short and of ASCII: read so they cost a third of what the decoder takes. */
const SHORT_BYTES = 96;

function isAscii(bytes: Uint8Array): boolean {
  for (let index = 0; index < bytes.length; index++) if ((bytes[index] ?? 0) > 0x7f) return false;
  return true;
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The value of a header as text; null when there is none, or it is not UTF-8. Of several with one name the last counts. */
export function headerText(headers: readonly RecordHeader[], key: string): string | null {
  const value = headers.findLast((header) => header.key === key)?.value ?? null;
  return value === null ? null : decodeText(value);
}

/** How many bytes a record keeps in memory, about: what bounds are counted in. */
export function sizeOfRecord({ key, value, headers }: Pick<ConsumedRecord, "key" | "value" | "headers">): number {
  const headerBytes = headers.reduce((sum, header) => sum + header.key.length + (header.value?.length ?? 0), 0);
  return RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0) + headerBytes;
}

const RECORD_OVERHEAD_BYTES = 64;

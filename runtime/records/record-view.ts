/** A decoded record: where its parts are in the batch. Everything is checked when it is read, so that looking at it cannot fail. */
import { RecordCursor } from "./cursor.js";
import { type BatchPlace, UnsafeLongError } from "./errors.js";
import type { DecodedHeader, DecodedRecord } from "./record.js";

/** What the records of a batch share. */
export interface RecordSource {
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly baseTimestamp: number;
  /** With log-append time, the timestamp of every record. */
  readonly logAppendTime: number | null;
  readonly place: Omit<BatchPlace, "position">;
}

const NULL_LENGTH = -1;
const NO_HEADERS: readonly DecodedHeader[] = Object.freeze([]);

/** Positions and deltas are small integers, which V8 keeps in the object itself; views are made when they are asked for. */
export class RecordView implements DecodedRecord {
  /** Where the record begins (its length prefix), and the position after it. */
  readonly start: number;
  readonly end: number;
  readonly offsetDelta: number;
  private readonly source: RecordSource;
  private readonly timestampDelta: number;
  private readonly keyAt: number;
  private readonly keyLength: number;
  private readonly valueAt: number;
  private readonly valueLength: number;

  /**
   * Reads the record at the cursor and moves the cursor behind it.
   * @throws CorruptBatchError, UnsafeLongError
   */
  constructor(cursor: RecordCursor, source: RecordSource) {
    const batchLimit = cursor.limit;
    this.source = source;
    this.start = cursor.position;
    const size = cursor.varint("record length");
    const bodyAt = cursor.skip(size, "record");
    this.end = bodyAt + size;
    // From here on nothing is believed that would reach into the next record.
    cursor.position = bodyAt;
    cursor.limit = this.end;
    cursor.skip(1, "record attributes");
    this.timestampDelta = cursor.varlong("timestampDelta");
    this.offsetDelta = cursor.varint("offsetDelta");
    this.keyLength = cursor.varint("key length");
    this.keyAt = skipNullable(cursor, this.keyLength, "key");
    this.valueLength = cursor.varint("value length");
    this.valueAt = skipNullable(cursor, this.valueLength, "value");
    skipHeaders(cursor);
    if (cursor.position !== this.end) {
      throw cursor.corrupt(`the record's fields end ${this.end - cursor.position} bytes before the record`);
    }
    if (!Number.isSafeInteger(this.timestamp)) {
      throw new UnsafeLongError("timestamp", this.timestamp, {
        ...source.place,
        position: this.start,
      });
    }
    cursor.limit = batchLimit;
  }

  get offset(): number {
    return this.source.baseOffset + this.offsetDelta;
  }

  get timestamp(): number {
    return this.source.logAppendTime ?? this.source.baseTimestamp + this.timestampDelta;
  }

  get sizeBytes(): number {
    return this.end - this.start;
  }

  get key(): Buffer | null {
    return this.keyLength === NULL_LENGTH ? null : this.source.bytes.subarray(this.keyAt, this.keyAt + this.keyLength);
  }

  get value(): Buffer | null {
    return this.valueLength === NULL_LENGTH
      ? null
      : this.source.bytes.subarray(this.valueAt, this.valueAt + this.valueLength);
  }

  get headers(): readonly DecodedHeader[] {
    const { bytes, place } = this.source;
    const cursor = new RecordCursor(bytes, this.valueAt + Math.max(0, this.valueLength), this.end, place);
    const count = cursor.varint("header count");
    if (count === 0) return NO_HEADERS;
    const headers: DecodedHeader[] = [];
    for (let index = 0; index < count; index++) headers.push(readHeader(cursor));
    return headers;
  }
}

function readHeader(cursor: RecordCursor): DecodedHeader {
  const { bytes } = cursor;
  const keyLength = cursor.varint("header key length");
  const keyAt = cursor.skip(keyLength, "header key");
  const valueLength = cursor.varint("header value length");
  const valueAt = skipNullable(cursor, valueLength, "header value");
  return {
    key: bytes.toString("utf8", keyAt, keyAt + keyLength),
    value: valueLength === NULL_LENGTH ? null : bytes.subarray(valueAt, valueAt + valueLength),
  };
}

function skipHeaders(cursor: RecordCursor): void {
  const count = cursor.varint("header count");
  // Each takes two bytes at least: a larger count need not be tried out.
  if (count < 0 || count * 2 > cursor.limit - cursor.position) throw cursor.corrupt(`it cannot have ${count} headers`);
  for (let index = 0; index < count; index++) {
    cursor.skip(cursor.varint("header key length"), "header key");
    skipNullable(cursor, cursor.varint("header value length"), "header value");
  }
}

function skipNullable(cursor: RecordCursor, length: number, what: string): number {
  return length === NULL_LENGTH ? cursor.position : cursor.skip(length, what);
}

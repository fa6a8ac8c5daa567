/** Records and batches for these tests: arbitrary ones, and what is read of decoded ones in a form that can be compared. */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  type BatchRecord,
  type DecodedBatch,
  type DecodedRecord,
  type DecodeOptions,
  decodeBatch,
  type RecordHeader,
} from "../../../runtime/records/index.js";

export const NOON = 1_750_000_000_000;

export function record(values: Partial<BatchRecord> = {}): BatchRecord {
  return { timestamp: NOON, key: Buffer.from("key"), value: Buffer.from("value"), headers: [], ...values };
}

/** `count` records that differ. */
export function records(count: number): BatchRecord[] {
  return Array.from({ length: count }, (_, index) =>
    record({
      timestamp: NOON + ((index * 37) % 101),
      key: Buffer.from(`key-${index}`),
      value: Buffer.from(`${index * index}`),
    }),
  );
}

const bytes = (maxLength: number) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 6, arbitrary: fc.uint8Array({ maxLength }) },
    // Lengths about which a varint grows.
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(0, 1, 63, 64, 127, 128, 8191, 8192, 70_000)
        .map((length) => new Uint8Array(length).fill(7)),
    },
  );

const header: fc.Arbitrary<RecordHeader> = fc.record({
  key: fc.oneof(fc.constantFrom("", "source", "received-at"), fc.string({ unit: "grapheme", maxLength: 80 })),
  value: bytes(40),
});

/** No two of these are further apart than a safe integer. */
const timestamp = fc.oneof(
  fc.integer({ min: NOON - 100, max: NOON + 100 }),
  fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER - 1 }),
  fc.constantFrom(
    -1,
    0,
    NOON + 2 ** 27,
    NOON - 2 ** 27,
    NOON + 2 ** 27 - 1,
    NOON - 2 ** 27 - 1,
    2 ** 34,
    2 ** 41,
    2 ** 52,
  ),
);

export const anyRecord: fc.Arbitrary<BatchRecord> = fc.record({
  timestamp,
  key: bytes(50),
  value: bytes(400),
  headers: fc.array(header, { maxLength: 5 }),
});

export const anyRecords = fc.array(anyRecord, { minLength: 1, maxLength: 40 });

/** What can be said about a record, in base64, so that equality is by content. */
export interface PlainRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
}

export function plain(one: BatchRecord, offset: number): PlainRecord {
  const { timestamp, key, value, headers } = one;
  return {
    offset,
    timestamp,
    key: base64(key),
    value: base64(value),
    headers: headers.map((each) => ({ key: each.key, value: base64(each.value) })),
  };
}

export function plainDecoded(decoded: readonly DecodedRecord[]): PlainRecord[] {
  return decoded.map((one) => plain(one, one.offset));
}

/** The records of a batch that is none of control. */
export function decodeRecords(batch: Buffer, position = 0, options: DecodeOptions = {}): readonly DecodedRecord[] {
  const decoded: DecodedBatch = decodeBatch(batch, position, options);
  if (decoded.kind === "control") throw new Error("a control batch where records were expected");
  return decoded.records;
}

function base64(value: Uint8Array | null): string | null {
  return value === null ? null : Buffer.from(value).toString("base64");
}

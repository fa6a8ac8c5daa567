/** Records as the independent client takes and gives them. */
import { z } from "zod";

export type Bytes = Uint8Array | string | null;

export interface RecordToWrite {
  readonly key?: Bytes;
  readonly value: Bytes;
  readonly headers?: readonly (readonly [name: string, value: Bytes])[];
  /** Milliseconds since 1970; now, unless told. */
  readonly timestampMs?: number;
  /** Otherwise the call's, or the one the key hashes to. */
  readonly partition?: number;
}

const base64 = (bytes: Bytes): string | null => (bytes === null ? null : Buffer.from(bytes).toString("base64"));

export function toJson({ key = null, value, headers = [], timestampMs, partition }: RecordToWrite): object {
  return {
    key: base64(key),
    value: base64(value),
    headers: headers.map(([name, header]) => [name, base64(header)]),
    timestamp: timestampMs,
    partition,
  };
}

export const BYTES = z.base64().transform((text) => Buffer.from(text, "base64"));

export const STORED_RECORD = z
  .object({
    partition: z.number(),
    offset: z.number(),
    timestamp: z.number(),
    timestampType: z.enum(["none", "create", "append"]),
    key: BYTES.nullable(),
    value: BYTES.nullable(),
    headers: z.array(z.tuple([z.string(), BYTES.nullable()])),
  })
  .transform(({ timestamp, ...record }) => ({ ...record, timestampMs: timestamp }))
  .readonly();

export type StoredRecord = z.output<typeof STORED_RECORD>;

export const DIGEST = z
  .object({
    count: z.number(),
    partitions: z.array(z.object({ partition: z.number(), count: z.number() })),
    /** Numbers that came again. They count neither as out of order nor as unexpected. */
    duplicates: z.number(),
    missing: z.number(),
    /** Ten at most. */
    firstMissing: z.array(z.number()),
    /** Values that are no number, or none from 0 to the expected count. */
    unexpected: z.number(),
    /** Numbers below one that was read before for the same key; without a key, in the same partition. */
    outOfOrder: z.number(),
  })
  .readonly();

export type Digest = z.output<typeof DIGEST>;

export const WATERMARKS = z.array(z.object({ partition: z.number(), low: z.number(), high: z.number() }).readonly());
export type Watermarks = z.output<typeof WATERMARKS>[number];

export const PLACES = z.array(z.object({ partition: z.number(), offset: z.number() }).readonly());
export type Place = z.output<typeof PLACES>[number];

/** Offset null: acknowledged, when the broker no longer knew where it was (from an earlier try). */
export const ACKNOWLEDGED = z.object({ partition: z.number(), offset: z.number().nullable() }).readonly();
export type Acknowledged = z.output<typeof ACKNOWLEDGED>;

export const COMMITTED = z.array(
  z.object({ topic: z.string(), partition: z.number(), offset: z.number(), metadata: z.string() }).readonly(),
);
export type CommittedOffset = z.output<typeof COMMITTED>[number];

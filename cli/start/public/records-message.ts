/**
 * Records on their way to another thread. Their bytes are copied into one buffer, which is handed over: cloning views one by
 * one would copy the whole buffer below each of them.
 */
import type { ProducedRecord } from "../../../runtime/task/index.js";

/** Lengths stand in the order of the bytes: key, value, then each header's value. -1: null. */
interface RecordHead {
  readonly topic: string;
  readonly timestamp: number;
  readonly keyLength: number;
  readonly valueLength: number;
  readonly headers: readonly (readonly [key: string, length: number])[];
}

export interface RecordsMessage {
  readonly heads: readonly RecordHead[];
  /** To be transferred. */
  readonly bytes: ArrayBuffer;
}

export function packRecords(records: readonly ProducedRecord[]): RecordsMessage {
  const parts = records.flatMap(({ key, value, headers }) => [key, value, ...headers.map((header) => header.value)]);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), 0));
  let at = 0;
  for (const part of parts) {
    if (part === null) continue;
    bytes.set(part, at);
    at += part.length;
  }
  const heads = records.map(({ topic, timestamp, key, value, headers }) => ({
    topic,
    timestamp,
    keyLength: key?.length ?? -1,
    valueLength: value?.length ?? -1,
    headers: headers.map((header) => [header.key, header.value?.length ?? -1] as const),
  }));
  return { heads, bytes: bytes.buffer };
}

/** @returns records that are views of the message's bytes. */
export function unpackRecords({ heads, bytes }: RecordsMessage): ProducedRecord[] {
  let at = 0;
  const next = (length: number): Buffer | null => {
    if (length < 0) return null;
    at += length;
    return Buffer.from(bytes, at - length, length);
  };
  return heads.map(({ topic, timestamp, keyLength, valueLength, headers }) => ({
    topic,
    timestamp,
    key: next(keyLength),
    value: next(valueLength),
    headers: headers.map(([key, length]) => ({ key, value: next(length) })),
  }));
}

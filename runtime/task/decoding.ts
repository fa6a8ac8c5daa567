/** What a record says, once its key, headers and value are decoded. */
import {
  CONTROL_HEADER,
  RECEIVED_AT_HEADER,
  type Refusal,
  refusal,
  type StreamRecord,
} from "../../processors/index.js";
import { DecodeError } from "../../schemas/codec.js";
import type { Input, SourcePlan } from "./plans.js";
import { type ConsumedRecord, decodeText, headerText, type RecordHeader } from "./records.js";

/** When it came in (epoch ms). */
export function receivedAt({ headers, timestamp }: ConsumedRecord): number {
  const text = headerText(headers, RECEIVED_AT_HEADER);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : timestamp;
}

const BAD_KEY = refusal("BAD_KEY", "", "the record's key is not UTF-8");
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Of several with one name the last counts; one that is not UTF-8 reads as empty. */
function headerTexts(headers: readonly RecordHeader[]): Readonly<Record<string, string>> {
  if (headers.length === 0) return NO_HEADERS;
  const texts: Record<string, string> = {};
  for (const { key, value } of headers) {
    // As any other name, though objects have it already.
    if (key === "__proto__") Object.defineProperty(texts, key, { value: textOf(value), enumerable: true });
    else texts[key] = textOf(value);
  }
  return texts;
}

function textOf(value: Uint8Array | null): string {
  return value === null ? "" : (decodeText(value) ?? "");
}

/** The record with its key and value decoded, or why that cannot be done. */
export function streamRecord({ record, key }: Input, { codec }: SourcePlan<unknown>): StreamRecord<unknown> | Refusal {
  if (record.key !== null && key === null) return BAD_KEY;
  const { topic, partition, offset, timestamp } = record;
  const headers = headerTexts(record.headers);
  if (codec === null) {
    return { topic, partition, offset, timestamp, key, headers, value: record.value ?? new Uint8Array() };
  }
  if (record.value === null) return refusal("UNDECODABLE", "", "the record has no value");
  try {
    return { topic, partition, offset, timestamp, key, headers, value: codec.decode(record.value) };
  } catch (error) {
    if (error instanceof DecodeError) return refusal("UNDECODABLE", "", error.message);
    throw error;
  }
}

/** Whether a record is one that asks for something. */
export function isControl({ headers }: ConsumedRecord): boolean {
  return headers.some(({ key }) => key === CONTROL_HEADER);
}

/** A control record: its value says nothing, and is not decoded. */
export function controlRecord({ record, key }: Input): StreamRecord<Uint8Array | null> | Refusal {
  if (record.key !== null && key === null) return BAD_KEY;
  const { topic, partition, offset, timestamp, value } = record;
  return { topic, partition, offset, timestamp, key, headers: headerTexts(record.headers), value };
}

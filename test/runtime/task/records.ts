/** Short constructors of consumed records for tests: what a test does not name is ordinary. */
import { RAW_POSITION_HEADER } from "../../../processors/index.js";
import { type ConsumedRecord, encodeText, type RecordHeader } from "../../../runtime/task/index.js";

/** A record of partition 0 with the key "k" and no headers. */
export function consumed(fields: Pick<ConsumedRecord, "topic" | "offset"> & Partial<ConsumedRecord>): ConsumedRecord {
  return { partition: 0, timestamp: 0, key: encodeText("k"), value: encodeText("v"), headers: [], ...fields };
}

export function header(key: string, value: string | null): RecordHeader {
  return { key, value: value === null ? null : encodeText(value) };
}

/** The header that normalise gives a record: where its raw event lies. */
export function rawPosition(text: string): readonly RecordHeader[] {
  return [header(RAW_POSITION_HEADER, text)];
}

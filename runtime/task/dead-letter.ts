/** A record that could not be processed, byte for byte as received, with where it was and why it failed. */
import { describeRefusal, type Refusal } from "../../processors/index.js";
import { type ConsumedRecord, encodeText, type ProducedRecord } from "./records.js";

/** @param failedAtMs when it failed, in epoch milliseconds. */
export function deadLetter(
  topic: string,
  record: ConsumedRecord,
  refused: Refusal,
  failedAtMs: number,
): ProducedRecord {
  const added = {
    "original-topic": record.topic,
    "original-partition": String(record.partition),
    "original-offset": String(record.offset),
    "error-code": refused.code,
    "error-message": describeRefusal(refused),
    "failed-at": String(failedAtMs),
  };
  return {
    topic,
    timestamp: record.timestamp,
    key: record.key,
    value: record.value,
    headers: [...record.headers, ...Object.entries(added).map(([key, value]) => ({ key, value: encodeText(value) }))],
  };
}

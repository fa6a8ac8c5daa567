/** A record that could not be processed, byte for byte as received, with where it was and why it failed. */
import { describeRefusal, type Refusal } from "../../processors/index.js";
import { type ConsumedRecord, encodeText, type ProducedRecord } from "./records.js";

/** Added behind the record's own, in this order (contracts). */
export const DEAD_LETTER_HEADERS = {
  topic: "original-topic",
  partition: "original-partition",
  offset: "original-offset",
  code: "error-code",
  message: "error-message",
  failedAt: "failed-at",
} as const;

/** @param failedAtMs when it failed, in epoch milliseconds. */
export function deadLetter(
  topic: string,
  record: ConsumedRecord,
  refused: Refusal,
  failedAtMs: number,
): ProducedRecord {
  const names = DEAD_LETTER_HEADERS;
  const added = {
    [names.topic]: record.topic,
    [names.partition]: String(record.partition),
    [names.offset]: String(record.offset),
    [names.code]: refused.code,
    [names.message]: describeRefusal(refused),
    [names.failedAt]: String(failedAtMs),
  };
  return {
    topic,
    timestamp: record.timestamp,
    key: record.key,
    value: record.value,
    headers: [...record.headers, ...Object.entries(added).map(([key, value]) => ({ key, value: encodeText(value) }))],
  };
}

/** The control records of a request (contracts): one for each conversation, or one for each partition. */
import { CONTROL_HEADER, CONTROL_KEY, REPUBLISH, SINCE_HEADER } from "../../processors/index.js";
import { partitionFor } from "../records/index.js";
import { encodeText, headerText, type ProducedRecord, type RecordHeader } from "../task/index.js";
import type { RepublishRequest } from "./port.js";

export interface Place {
  readonly topic: string;
  /** How many the topic has. */
  readonly partitions: number;
}

/** By partition. @param nowMs their timestamp: they are executed behind what is older */
export function controlRecords(
  { keys, sinceMs }: Pick<RepublishRequest, "keys" | "sinceMs">,
  { topic, partitions }: Place,
  nowMs: number,
): ReadonlyMap<number, readonly ProducedRecord[]> {
  const headers = [header(CONTROL_HEADER, REPUBLISH)];
  if (sinceMs !== null) headers.push(header(SINCE_HEADER, String(sinceMs)));
  const record = (text: string, partition: number): ProducedRecord => ({
    topic,
    partition,
    timestamp: nowMs,
    key: encodeText(text),
    value: null,
    headers,
  });
  const records = new Map<number, ProducedRecord[]>();
  if (keys === null) {
    for (let partition = 0; partition < partitions; partition++)
      records.set(partition, [record(CONTROL_KEY, partition)]);
    return records;
  }
  for (const key of new Set(keys)) {
    const partition = partitionFor(encodeText(key), partitions);
    records.set(partition, [...(records.get(partition) ?? []), record(key, partition)]);
  }
  return records;
}

export function asksToRepublish({ headers }: { readonly headers: readonly RecordHeader[] }): boolean {
  return headerText(headers, CONTROL_HEADER) === REPUBLISH;
}

function header(key: string, text: string): RecordHeader {
  return { key, value: encodeText(text) };
}

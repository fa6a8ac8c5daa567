/** Records to be written, by topic and partition: their own, or where Kafka's Java client would put their keys. */
import { partitionFor } from "../records/index.js";
import type { ProducedRecord } from "../task/index.js";
import type { TopicPartition, WriteRequest } from "./wire/index.js";

/** Of each place in the order given. Without a key a record goes to partition 0: spread, a retried delivery would lie apart from the first. */
export function writeRequests(
  records: Iterable<ProducedRecord>,
  partitionsOf: (topic: string) => number,
): WriteRequest[] {
  const byPlace = new Map<string, TopicPartition & { readonly records: ProducedRecord[] }>();
  for (const record of records) {
    const { topic, key } = record;
    const partition = record.partition ?? (key === null ? 0 : partitionFor(key, partitionsOf(topic)));
    const place = `${topic}/${partition}`;
    const request = byPlace.get(place);
    if (request === undefined) byPlace.set(place, { topic, partition, records: [record] });
    else request.records.push(record);
  }
  return [...byPlace.values()];
}

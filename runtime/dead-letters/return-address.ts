/** Where a letter is to go when it is sent through again, and the record that it was: or why it cannot. */
import { partitionFor } from "../records/index.js";
import { type ConsumedRecord, encodeText, type ProducedRecord } from "../task/index.js";
import { DEAD_LETTER_HEADER, originalHeaders } from "./headers.js";
import { letterHead, type Original } from "./letter.js";
import { formatPlace } from "./place.js";

export type ReturnAddress =
  | { readonly kind: "address"; readonly original: Original; readonly partition: number }
  | { readonly kind: "refused"; readonly why: string };

/** The application's own input topics: what this product may write, and what it will read. */
export interface Inputs {
  readonly topics: readonly string[];
  partitionsOf(topic: string): number | null;
}

export function returnAddress(letter: ConsumedRecord, { topics, partitionsOf }: Inputs): ReturnAddress {
  const { original } = letterHead(letter);
  if (original === null)
    return refused("its headers do not say where it lay (original-topic, original-partition, original-offset)");
  const { topic } = original;
  if (!topics.includes(topic))
    return refused(`it lay in ${topic}, which is no input topic of this application (${topics.join(", ")})`);
  const partitions = partitionsOf(topic);
  if (partitions === null) return refused(`the topic ${topic} is not there`);
  const { key } = letter;
  // Without a key in partition 0, as everything that appends does.
  return { kind: "address", original, partition: key === null ? 0 : partitionFor(key, partitions) };
}

/** As it was: key, value, timestamp and its own headers, and the one that says that it was a letter. */
export function returnedRecord(letter: ConsumedRecord, { topic }: Original): ProducedRecord {
  const { timestamp, key, value, headers } = letter;
  const place = { key: DEAD_LETTER_HEADER, value: encodeText(formatPlace(letter)) };
  return { topic, timestamp, key, value, headers: [...originalHeaders(headers), place] };
}

function refused(why: string): ReturnAddress {
  return { kind: "refused", why };
}

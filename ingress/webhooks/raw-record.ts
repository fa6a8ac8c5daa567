/** The record of `raw-events` that a webhook's body becomes: the body byte for byte, under its conversation's key. */
import {
  DELIVERY_ID_HEADER,
  keyOfReading,
  RECEIVED_AT_HEADER,
  readDelivery,
  SOURCE_HEADER,
} from "../../processors/index.js";
import { encodeText, type ProducedRecord } from "../../runtime/task/index.js";
import type { Source } from "../../schemas/index.js";

export interface RawRecordOptions {
  readonly topic: string;
  readonly source: Source;
  /** The tenant of documents that carry none. */
  readonly tenant: string | null;
  /** Epoch ms. */
  readonly receivedAtMs: number;
}

/** A body that nobody can read becomes one too, without a key: the topology says what is wrong, and keeps it. */
export function rawRecord(body: Uint8Array, { topic, source, tenant, receivedAtMs }: RawRecordOptions): ProducedRecord {
  const { reading, deliveryId } = readDelivery(body, source, { tenant, timestamp: receivedAtMs });
  const key = keyOfReading(reading);
  const headers = [
    { key: SOURCE_HEADER, value: encodeText(source) },
    ...(deliveryId === null ? [] : [{ key: DELIVERY_ID_HEADER, value: encodeText(deliveryId) }]),
    { key: RECEIVED_AT_HEADER, value: encodeText(String(receivedAtMs)) },
  ];
  return { topic, timestamp: receivedAtMs, key: key === null ? null : encodeText(key), value: body, headers };
}

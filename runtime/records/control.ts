/** Transaction markers: what a control batch holds in place of records. */
import { CorruptBatchError } from "./errors.js";
import type { BatchHeader } from "./header.js";
import type { DecodedRecord } from "./record.js";

/**
 * A commit or abort ends the transaction of the batch's producer. Others (leader changes, snapshots: KRaft's own) mean nothing
 * to a reader of records. Source: `ControlRecordType`, `EndTxnMarker.json` in Kafka.
 */
export type ControlMarker =
  | {
      readonly kind: "commit" | "abort";
      readonly offset: number;
      readonly timestamp: number;
      readonly producerId: number;
      readonly producerEpoch: number;
      readonly coordinatorEpoch: number;
    }
  | {
      readonly kind: "other";
      readonly offset: number;
      readonly timestamp: number;
      readonly type: number;
    };

const ABORT = 0;
const COMMIT = 1;
const KEY_BYTES = 4;
const END_TXN_VALUE_BYTES = 6;

/** @throws CorruptBatchError when the record is no control record */
export function readControlMarker(header: BatchHeader, record: DecodedRecord): ControlMarker {
  const { offset, timestamp, key, value } = record;
  const { position, baseOffset, producerId, producerEpoch } = header;
  const corrupt = (what: string) => new CorruptBatchError("records", what, { position, baseOffset });
  // Both start with a 16-bit version. Later versions only add fields behind, so the known ones are read of any.
  if (key === null || key.length < KEY_BYTES) throw corrupt("its control record has no version and type");
  const type = key.readInt16BE(2);
  if (type !== ABORT && type !== COMMIT) return { kind: "other", offset, timestamp, type };
  if (value === null || value.length < END_TXN_VALUE_BYTES)
    throw corrupt("its transaction marker has no coordinator epoch");
  const coordinatorEpoch = value.readInt32BE(2);
  return {
    kind: type === COMMIT ? "commit" : "abort",
    offset,
    timestamp,
    producerId,
    producerEpoch,
    coordinatorEpoch,
  };
}

/** Batches as a broker stores them, made by hand: with markers, and emptied by compaction. */
import { type BatchProducer, encodeBatch } from "../../../../../../runtime/records/index.js";
import * as layout from "../../../../../../runtime/records/layout.js";
import { writeChecksum } from "../../../../../../runtime/records/seal.js";
import { record } from "./records.js";

const EPOCH = 7;

export interface DataOptions {
  readonly producerId?: number;
  readonly transactional?: boolean;
  readonly key?: Uint8Array;
}

/** As many records as offsets, `first` to `last`; the values are their offsets. */
export function data(first: number, last: number, { producerId, transactional = true, key }: DataOptions = {}): Buffer {
  const records = Array.from({ length: last - first + 1 }, (_, index) =>
    record({ value: String(first + index), key: key ?? null, timestamp: 1_000 + first + index }),
  );
  const identity = producerId === undefined ? {} : { producer: producer(producerId, transactional) };
  return encodeBatch(records, { baseOffset: first, partitionLeaderEpoch: EPOCH, ...identity });
}

export function marker(kind: "commit" | "abort", offset: number, producerId: number): Buffer {
  const key = Buffer.from([0, 0, 0, kind === "commit" ? 1 : 0]);
  const batch = encodeBatch([record({ key, value: Buffer.alloc(6), timestamp: 1_000 + offset })], {
    baseOffset: offset,
    partitionLeaderEpoch: EPOCH,
    producer: producer(producerId, true),
  });
  batch.writeInt16BE(batch.readInt16BE(layout.ATTRIBUTES_AT) | layout.CONTROL_BIT, layout.ATTRIBUTES_AT);
  writeChecksum(batch);
  return batch;
}

/** What compaction leaves of a batch when it keeps it for its producer's sake only. */
export function emptied(batch: Buffer): Buffer {
  const header = Buffer.from(batch.subarray(0, layout.RECORDS_AT));
  header.writeInt32BE(header.length - layout.LENGTH_STARTS_AT, layout.BATCH_LENGTH_AT);
  header.writeInt32BE(0, layout.RECORDS_COUNT_AT);
  writeChecksum(header);
  return header;
}

function producer(id: number, transactional: boolean): BatchProducer {
  return { id, epoch: 0, baseSequence: 0, transactional };
}

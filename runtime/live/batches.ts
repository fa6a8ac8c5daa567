/**
 * Records and states on their way from a running service to a command: as Kafka's record batches, which carry their checksums. In a
 * state each row is a record, and a last one without a key has the positions; without it the state was cut off.
 */
import { positionsCodec, RowFormatError } from "../../schemas/row.js";
import {
  type BatchRecord,
  batchesIn,
  type DecodedRecord,
  decodeBatch,
  RecordBatchBuilder,
  RecordBatchError,
} from "../records/index.js";
import { type ConsumedRecord, consumedRecords, decodeText, encodeText } from "../task/index.js";
import type { LiveRow, LiveState } from "./port.js";
import type { StateReading } from "./state-once.js";

/** What came is not whole, or not of this form. */
export class LiveBytesError extends Error {
  override readonly name = "LiveBytesError";
}

const MAX_BATCH_BYTES = 1024 * 1024;
/** Of a length that is believed: the largest record that a topic takes has a batch of its own. */
const MAX_RECEIVED_BATCH_BYTES = 128 * 1024 * 1024;
/** A batch begins with its offset, and its length without these. */
const LENGTH_AT = 8;
const LENGTH_END = 12;

/** Offsets stay, gaps between them too. Empty for no records. */
export function encodeRecords(records: readonly ConsumedRecord[]): Buffer {
  const builder = new RecordBatchBuilder({ maxBytes: MAX_BATCH_BYTES });
  const batches: Buffer[] = [];
  let baseOffset = 0;
  const build = () => {
    if (builder.count > 0) batches.push(builder.build({ baseOffset }));
  };
  for (const record of records) {
    if (builder.count > 0 && record.offset === baseOffset + builder.count && builder.append(record)) continue;
    build();
    baseOffset = record.offset;
    builder.append(record);
  }
  build();
  return Buffer.concat(batches);
}

/** @throws LiveBytesError */
export function decodeRecords(topic: string, partition: number, bytes: Buffer): ConsumedRecord[] {
  return consumedRecords(topic, partition, recordsIn(bytes));
}

/** At the speed at which it is taken: a page of rows is in memory. */
export async function* encodeState(state: LiveState): AsyncGenerator<Buffer> {
  for await (const page of state.rows())
    yield* batchesOf(page.map(({ key, row }) => stateRecord(encodeText(key), row)));
  const { positions } = state;
  yield* batchesOf([stateRecord(null, positions === null ? null : positionsCodec.encode(positions))]);
}

function* batchesOf(records: readonly BatchRecord[]): Generator<Buffer> {
  const builder = new RecordBatchBuilder({ maxBytes: MAX_BATCH_BYTES });
  for (const record of records) {
    if (builder.append(record)) continue;
    yield builder.build();
    builder.append(record);
  }
  if (builder.count > 0) yield builder.build();
}

/** @throws LiveBytesError, and what the chunks throw */
export async function* decodeState(chunks: AsyncIterable<Uint8Array>): StateReading {
  for await (const batch of wholeBatches(chunks)) {
    const records = recordsIn(batch);
    const end = records.find(({ key }) => key === null);
    if (end !== undefined) return decodePositions(end.value);
    yield records.map(rowOf);
  }
  throw new LiveBytesError("the state was cut off");
}

async function* wholeBatches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let size = sizeOfFirst(rest); size !== null && size <= rest.length; size = sizeOfFirst(rest)) {
      yield rest.subarray(0, size);
      rest = rest.subarray(size);
    }
  }
}

/** Null while its length is not there yet. */
function sizeOfFirst(bytes: Buffer): number | null {
  if (bytes.length < LENGTH_END) return null;
  const size = LENGTH_END + bytes.readInt32BE(LENGTH_AT);
  if (size > LENGTH_END && size <= MAX_RECEIVED_BATCH_BYTES) return size;
  throw new LiveBytesError(`there is no batch of ${size} bytes`);
}

function recordsIn(bytes: Buffer): readonly DecodedRecord[] {
  const records: DecodedRecord[] = [];
  let end = 0;
  try {
    for (const header of batchesIn(bytes)) {
      const batch = decodeBatch(bytes, header.position);
      if (batch.kind === "records") records.push(...batch.records);
      end = header.end;
    }
  } catch (error) {
    if (!(error instanceof RecordBatchError)) throw error;
    throw new LiveBytesError(`a batch cannot be read: ${error.message}`, { cause: error });
  }
  if (end !== bytes.length) throw new LiveBytesError("a batch was cut off");
  return records;
}

function stateRecord(key: Uint8Array | null, value: Uint8Array | null): BatchRecord {
  return { timestamp: -1, key, value, headers: [] };
}

function rowOf({ key, value }: DecodedRecord): LiveRow {
  const text = key === null ? null : decodeText(key);
  if (text === null) throw new LiveBytesError("the key of a row is not UTF-8");
  return { key: text, row: value };
}

function decodePositions(value: Uint8Array | null) {
  try {
    return value === null ? null : positionsCodec.decode(value);
  } catch (error) {
    if (!(error instanceof RowFormatError)) throw error;
    throw new LiveBytesError(error.message, { cause: error });
  }
}

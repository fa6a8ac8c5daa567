/** Batches made by Kafka's Java client and broker: read as Kafka reads them, and made again byte for byte. */
import { describe, expect, test } from "vitest";
import {
  type BatchHeader,
  batchesIn,
  decodeBatch,
  encodeBatch,
  UnsafeLongError,
} from "../../../runtime/records/index.js";
import { plainDecoded } from "./samples.js";
import {
  brokerCases,
  clientCases,
  compressedCases,
  refused,
  shortened,
  type VectorBatch,
  type VectorCase,
} from "./vectors.js";

const everyCase = [...clientCases, ...brokerCases, ...compressedCases];
const compressionIds = (cases: readonly VectorCase[]) =>
  new Set(cases.flatMap(({ batches }) => batches.map((one) => one.compression)));

describe("batches from Kafka", () => {
  test.each(everyCase)("the headers of $name are read as Java reads them", ({ bytes, batches }) => {
    const headers = [...batchesIn(bytes)];
    expect(headers.map(facts)).toEqual(batches.map(facts));
    expect(headers.at(-1)?.end).toBe(bytes.length);
  });

  test.each(everyCase)("the records of $name are read as Java reads them", ({ name, bytes, batches }) => {
    const decoded = [...batchesIn(bytes)].map((header) => decodeBatch(bytes, header.position));
    const whole = decoded.map((batch) => (batch.kind === "records" ? plainDecoded(batch.records) : []));
    const records = compressedCases.some((one) => one.name === name) ? whole.map(shortened) : whole;
    expect(records).toEqual(batches.map((batch) => (batch.control ? [] : batch.records)));
  });

  test.each(everyCase)("the transaction markers of $name are read as Java reads them", ({ bytes, batches }) => {
    const decoded = [...batchesIn(bytes)].map((header) => decodeBatch(bytes, header.position));
    const markers = decoded.map((batch) => (batch.kind === "control" ? batch.marker : null));
    expect(markers).toEqual(batches.map(markerOf));
  });

  test("the vectors hold a commit, an abort and a marker that is neither", () => {
    const kinds = clientCases.flatMap((one) => one.batches.map((batch) => markerOf(batch)?.kind));
    expect(new Set(kinds)).toEqual(new Set(["commit", "abort", "other", undefined]));
  });

  test.each(everyCase.filter((one) => one.batches.every(isPlain)))(
    "$name is made again byte for byte",
    ({ bytes, batches }) => {
      expect(Buffer.concat(batches.map(encodeAgain)).equals(bytes)).toBe(true);
    },
  );

  test("the vectors hold every compression, by Java and by librdkafka", () => {
    expect(compressionIds(clientCases)).toEqual(new Set([0, 1, 2, 3, 4]));
    const [librdkafka, java] = [true, false].map((is) =>
      compressedCases.filter(({ name }) => name.startsWith("librdkafka") === is),
    );
    expect(compressionIds(java ?? [])).toEqual(new Set([2, 3, 4]));
    expect(compressionIds(librdkafka ?? [])).toEqual(new Set([1, 2, 3, 4]));
  });

  test.each([0, 1])("message format %d is refused by its number", (magic) => {
    const decode = () => decodeBatch(vector(`magic ${magic}`));
    expect(decode).toThrow(expect.objectContaining({ corruption: "magic", position: 0 }));
    expect(decode).toThrow(`record format ${magic} `);
  });

  test.each([
    ["timestamp of 2^53", "baseTimestamp", "9007199254740992"],
    ["timestamp delta of 2^53", "timestampDelta", "9007199254740992"],
    ["latest timestamp there is", "maxTimestamp", "9223372036854775807"],
    ["producer id of 2^53", "producerId", "9007199254740992"],
    ["base offset of 2^53", "baseOffset", "9007199254740992"],
  ])("a %s is refused, never rounded", (name, field, value) => {
    const decode = () => decodeBatch(vector(name));
    expect(decode).toThrow(UnsafeLongError);
    expect(decode).toThrow(expect.objectContaining({ field }));
    expect(decode).toThrow(value);
  });
});

function vector(name: string): Buffer {
  const bytes = refused.get(name);
  if (bytes === undefined) throw new Error(`no vector is named ${name}`);
  return bytes;
}

/** What is in both a header read here and one read by Java. */
function facts(header: BatchHeader | VectorBatch): object {
  const {
    records: _records,
    position: _position,
    end: _end,
    ...rest
  } = { records: [], position: 0, end: 0, ...header };
  return rest;
}

function markerOf({ control, records, producerId, producerEpoch }: VectorBatch) {
  const [marker] = records;
  if (!control || marker === undefined) return null;
  const { offset, timestamp, coordinatorEpoch } = marker;
  if (marker.control === "LEADER_CHANGE") return { kind: "other", offset, timestamp, type: 2 };
  return { kind: marker.control?.toLowerCase(), offset, timestamp, producerId, producerEpoch, coordinatorEpoch };
}

/** Whether the format leaves no choice in how such a batch is written, and we write such. */
function isPlain(batch: VectorBatch): boolean {
  const untouched = batch.count === batch.lastOffset - batch.baseOffset + 1 && !batch.hasDeleteHorizon;
  return untouched && batch.compression === 0 && batch.timestampType === "create" && !batch.control;
}

function encodeAgain(batch: VectorBatch): Buffer {
  const { baseOffset, partitionLeaderEpoch, producerId: id, producerEpoch: epoch, baseSequence, transactional } = batch;
  const records = batch.records.map(({ timestamp, key, value, headers }) => ({
    timestamp,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map((header) => ({ key: header.key, value: bytesOf(header.value) })),
  }));
  const producer = id === -1 ? {} : { producer: { id, epoch, baseSequence, transactional } };
  return encodeBatch(records, { baseOffset, partitionLeaderEpoch, ...producer });
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, "base64");
}

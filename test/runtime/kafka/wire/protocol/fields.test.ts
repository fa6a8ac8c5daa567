/** Fields of requests and responses: what is written is read again, and what is broken is an error, never a read beyond. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../../../../runtime/kafka/wire/errors.js";
import type { Api } from "../../../../../runtime/kafka/wire/protocol/api.js";
import { ResponseDecoder } from "../../../../../runtime/kafka/wire/protocol/decoder.js";
import { describeTransactions } from "../../../../../runtime/kafka/wire/protocol/describe-transactions.js";
import { RequestEncoder } from "../../../../../runtime/kafka/wire/protocol/encoder.js";
import { fetch } from "../../../../../runtime/kafka/wire/protocol/fetch.js";
import { findCoordinator, offsetCommit, offsetFetch } from "../../../../../runtime/kafka/wire/protocol/groups.js";
import { listOffsets } from "../../../../../runtime/kafka/wire/protocol/list-offsets.js";
import { listTransactions } from "../../../../../runtime/kafka/wire/protocol/list-transactions.js";
import { metadata } from "../../../../../runtime/kafka/wire/protocol/metadata.js";
import { produce } from "../../../../../runtime/kafka/wire/protocol/produce.js";
import {
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  txnOffsetCommit,
} from "../../../../../runtime/kafka/wire/protocol/transactions.js";
import { RecordBatchError } from "../../../../../runtime/records/index.js";
import { SEED } from "../../../../oracle/settings.js";

const RUNS = { numRuns: 500, seed: SEED };

const read = (encoder: RequestEncoder) => new ResponseDecoder(Buffer.concat(encoder.parts()), "test");

describe(`fields (SEED=${SEED})`, () => {
  it("of any size and in any number are read as they were written", () => {
    const field = fc.oneof(
      fc.record({ kind: fc.constant("int16" as const), value: fc.integer({ min: -32_768, max: 32_767 }) }),
      fc.record({ kind: fc.constant("int32" as const), value: fc.integer() }),
      fc.record({ kind: fc.constant("int64" as const), value: fc.maxSafeInteger() }),
      fc.record({ kind: fc.constant("unsignedVarint" as const), value: fc.nat(2 ** 31 - 1) }),
      fc.record({ kind: fc.constant("string" as const), value: fc.string({ unit: "grapheme", maxLength: 300 }) }),
      fc.record({
        kind: fc.constant("compactString" as const),
        value: fc.string({ unit: "grapheme", maxLength: 300 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 60 }), (fields) => {
        const encoder = new RequestEncoder();
        for (const { kind, value } of fields) (encoder[kind] as (value: number | string) => void).call(encoder, value);
        const decoder = read(encoder);
        for (const { kind, value } of fields) expect(decoder[kind]()).toBe(value);
      }),
      RUNS,
    );
  });

  it("keep their order around bytes that travel by reference", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 600 })), { maxLength: 20 }), (pairs) => {
        const encoder = new RequestEncoder();
        for (const [name, bytes] of pairs) {
          encoder.string(name);
          encoder.bytes(Buffer.from(bytes));
        }
        const decoder = read(encoder);
        for (const [name, bytes] of pairs) {
          expect(decoder.string()).toBe(name);
          expect(decoder.array(() => decoder.int8() & 0xff)).toEqual([...bytes]);
        }
      }),
      RUNS,
    );
  });

  it("skip tagged fields that are not known", () => {
    const bytes = Buffer.from([2, 0, 1, 7, 9, 2, 1, 2, 42]);
    const decoder = new ResponseDecoder(bytes, "test");
    const seen: number[] = [];
    decoder.tags((tag, field) => {
      if (tag === 0) seen.push(field.int8());
    });
    expect([seen, decoder.int8()]).toEqual([[7], 42]);
  });
});

const APIS: readonly Api<never, unknown>[] = [
  addPartitionsToTxn,
  describeTransactions,
  endTxn,
  fetch,
  findCoordinator,
  initProducerId,
  listOffsets,
  listTransactions,
  metadata,
  offsetCommit,
  offsetFetch,
  produce,
  txnOffsetCommit,
];

describe(`a broken response (SEED=${SEED})`, () => {
  it.each(APIS.map((api) => [api.name, api] as const))(
    "to %s is an error of this room, whatever its bytes",
    (_, api) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
          try {
            api.decode(new ResponseDecoder(Buffer.from(bytes), api.name));
          } catch (error) {
            if (!(error instanceof ProtocolError || error instanceof RecordBatchError)) throw error;
          }
        }),
        { ...RUNS, numRuns: 1000 },
      );
    },
  );
});

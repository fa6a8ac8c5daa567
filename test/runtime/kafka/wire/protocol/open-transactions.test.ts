/** ListTransactions and DescribeTransactions byte by byte, as the message definitions of Kafka have them. */
import { describe, expect, it } from "vitest";
import type { Api } from "../../../../../runtime/kafka/wire/protocol/api.js";
import { ResponseDecoder } from "../../../../../runtime/kafka/wire/protocol/decoder.js";
import { describeTransactions } from "../../../../../runtime/kafka/wire/protocol/describe-transactions.js";
import { RequestEncoder } from "../../../../../runtime/kafka/wire/protocol/encoder.js";
import { listTransactions } from "../../../../../runtime/kafka/wire/protocol/list-transactions.js";

/** Hexadecimal, with spaces between the bytes of different meaning. */
const bytes = (...fields: string[]) => Buffer.from(fields.join("").replaceAll(" ", ""), "hex");

/** With one field that no version knows yet: tag 5, one byte. */
const UNKNOWN_TAG = "01 05 01 ff";
const END_MARK = 42;

function encoded<Request>(api: Api<Request, unknown>, request: Request): Buffer {
  const encoder = new RequestEncoder();
  api.encode(encoder, request);
  return Buffer.concat(encoder.parts());
}

/** Up to the tagged fields of the response itself, which nobody reads. */
function decoded<Response>(api: Api<never, Response>, response: Buffer): Response {
  const decoder = new ResponseDecoder(Buffer.concat([response, Buffer.of(END_MARK)]), api.name);
  const result = api.decode(decoder);
  expect(decoder.int8()).toBe(END_MARK);
  return result;
}

describe("ListTransactions", () => {
  it("is version 0, and asks for states of whatever producer", () => {
    expect(listTransactions).toMatchObject({ key: 66, version: 0, flexible: true });
    expect(encoded(listTransactions, { states: ["Ab", "C"] })).toEqual(bytes("03", "03 4162", "02 43", "01", "00"));
  });

  it("is answered with ids, producers and states, and with the states that are not known", () => {
    const response = bytes(
      "00000007 000e", // throttled for 7 ms, error 14
      "02 02 58", // one unknown state: X
      "03", // two transactions
      "02 61 0000000000000102 03 4f6e 00",
      `03 6262 0000000000000003 01 ${UNKNOWN_TAG}`,
    );
    expect(decoded(listTransactions, response)).toEqual({
      errorCode: 14,
      unknownStates: ["X"],
      transactions: [
        { transactionalId: "a", producerId: 258, state: "On" },
        { transactionalId: "bb", producerId: 3, state: "" },
      ],
    });
  });
});

describe("DescribeTransactions", () => {
  it("is version 0, and asks for ids", () => {
    expect(describeTransactions).toMatchObject({ key: 65, version: 0, flexible: true });
    expect(encoded(describeTransactions, { transactionalIds: ["a", "é"] })).toEqual(
      bytes("03", "02 61", "03 c3a9", "00"),
    );
  });

  it("is answered with state, times, producer and partitions of each", () => {
    const response = bytes(
      "00000000", // not throttled
      "03", // two transactions
      "0000 02 61 03 4f6e 00007530 0000018bcfe56800 0000000000000102 0005",
      "03", // of two topics: t with 0 and 258, u with 1
      `02 74 03 00000000 00000102 ${UNKNOWN_TAG}`,
      "02 75 02 00000001 00",
      UNKNOWN_TAG,
      "0069 02 62 01 00000000 ffffffffffffffff ffffffffffffffff ffff 01 00",
    );
    expect(decoded(describeTransactions, response)).toEqual([
      {
        errorCode: 0,
        transactionalId: "a",
        state: "On",
        timeoutMs: 30_000,
        startedAtMs: 1_700_000_000_000,
        producerId: 258,
        producerEpoch: 5,
        partitions: [
          { topic: "t", partition: 0 },
          { topic: "t", partition: 258 },
          { topic: "u", partition: 1 },
        ],
      },
      {
        errorCode: 105,
        transactionalId: "b",
        state: "",
        timeoutMs: 0,
        startedAtMs: -1,
        producerId: -1,
        producerEpoch: -1,
        partitions: [],
      },
    ]);
  });
});

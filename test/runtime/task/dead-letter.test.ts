/** What is kept of a record that could not be processed (contracts, "Topics"). */
import { describe, expect, it } from "vitest";
import { type Refusal, refusal } from "../../../processors/index.js";
import { deadLetter } from "../../../runtime/task/dead-letter.js";
import { type ConsumedRecord, encodeText, headerText } from "../../../runtime/task/index.js";
import { consumed, header } from "./records.js";

const FAILED_AT = 1_700_000_000_123;
const REFUSED: Refusal = refusal("BAD_TYPE", "data.attributes.rev", "expected a safe integer");
/** Every byte there is: no text survives a round through UTF-8 with these. */
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const RECORD: ConsumedRecord = consumed({
  topic: "conversation-events",
  partition: 11,
  offset: 9_007_199_254_740_991,
  timestamp: 1_646_165_674_000,
  key: ALL_BYTES,
  value: ALL_BYTES.toReversed(),
});

function letter(record: ConsumedRecord = RECORD, refused: Refusal = REFUSED) {
  return deadLetter("dead-letters", record, refused, FAILED_AT);
}

describe("a dead letter", () => {
  it("has the key, value and timestamp of the record, byte for byte", () => {
    const { topic, timestamp, key, value } = letter();
    expect({ topic, timestamp, key, value }).toEqual({
      topic: "dead-letters",
      timestamp: RECORD.timestamp,
      key: ALL_BYTES,
      value: ALL_BYTES.toReversed(),
    });
  });

  it("has no key and no value where the record had none", () => {
    expect(letter({ ...RECORD, key: null, value: null })).toMatchObject({ key: null, value: null });
  });

  it("tells empty bytes from none", () => {
    const empty = new Uint8Array();
    expect(letter({ ...RECORD, key: empty, value: empty })).toMatchObject({ key: empty, value: empty });
  });

  it("says in each of the contract's headers where the record was, why it failed and when", () => {
    expect(letter().headers).toEqual([
      header("original-topic", "conversation-events"),
      header("original-partition", "11"),
      header("original-offset", "9007199254740991"),
      header("error-code", "BAD_TYPE"),
      header("error-message", "BAD_TYPE at data.attributes.rev: expected a safe integer"),
      header("failed-at", "1700000000123"),
    ]);
  });

  it("names no path when the whole document is at fault", () => {
    const { headers } = letter(RECORD, refusal("INVALID_JSON", "", "expected a value"));
    expect(headerText(headers, "error-message")).toBe("INVALID_JSON: expected a value");
  });

  it("keeps the record's own headers before them, so that it can be sent through again", () => {
    const own = [header("source", "kustomer"), header("none", null), { key: "bytes", value: ALL_BYTES }];
    const { headers } = letter({ ...RECORD, headers: own });
    expect(headers.slice(0, own.length)).toEqual(own);
    expect(headers).toHaveLength(own.length + 6);
  });

  it("that failed a second time says where it was and why of the last time", () => {
    const { headers: first } = letter();
    const again = deadLetter(
      "dead-letters",
      { ...RECORD, topic: "raw-events", partition: 0, offset: 1, headers: first },
      refusal("EMPTY_BODY", "", "no bytes"),
      FAILED_AT + 1,
    );
    const said = ["original-topic", "original-partition", "original-offset", "error-code", "failed-at"];
    expect(said.map((name) => headerText(again.headers, name))).toEqual([
      "raw-events",
      "0",
      "1",
      "EMPTY_BODY",
      String(FAILED_AT + 1),
    ]);
  });
});

describe("the text of a header", () => {
  it("is that of the last one of its name", () => {
    expect(headerText([header("a", "1"), header("b", "2"), header("a", "3")], "a")).toBe("3");
  });

  it.each([
    ["there is none", [header("b", "1")]],
    ["it has no value", [header("a", null)]],
    ["the last of its name has no value", [header("a", "1"), header("a", null)]],
    ["it is not UTF-8", [{ key: "a", value: Uint8Array.of(0xc3) }]],
  ])("is nothing when %s", (_, headers) => {
    expect(headerText(headers, "a")).toBeNull();
  });

  it("keeps a byte order mark: two keys that differ in it are two keys", () => {
    expect(headerText([{ key: "a", value: encodeText("\ufeffx") }], "a")).toBe("\ufeffx");
  });
});

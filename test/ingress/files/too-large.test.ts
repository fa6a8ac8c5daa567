/** Documents over the bound are counted and left out; reading goes on after them. */
import { describe, expect, it } from "vitest";
import { readDocuments } from "../../../ingress/files/index.js";
import { listing } from "./reading.js";

const options = { maxDocumentBytes: 8 };
const IN_PIECES = [1, 2, 3, 5];
const BLANKS = " ".repeat(20);

describe.each([
  ["in one chunk", options],
  ["in many chunks", { ...options, chunkSizes: IN_PIECES }],
])("a document over the bound, %s", (_, given) => {
  it.each([
    ["a line", '{"a":1}\n{"a":"23456789"}\n{"b":1}', ['1 {"a":1}', "2 too-large 16", '3 {"b":1}']],
    ["the first line", '{"a":"23456789"}\n{"b":1}\n{', ["1 too-large 16", '2 {"b":1}', "3 {"]],
    ["the last line", '{"a":1}\n{"a":"23456789"}', ['1 {"a":1}', "2 too-large 16"]],
    ["an element", '[1,{"a":\n[23456789]},{"b":1}]', ["1 1", "1 too-large 17", '2 {"b":1}']],
    ["a scalar", '[1,"23456789"\n,2]', ["1 1", "1 too-large 10", "2 2"]],
    ["an unterminated element", '[1,{"a":23456789', ["1 1", "1 too-large 13", "1 unterminated-array"]],
    ["a pretty-printed text", '{\n"a":23\n456789}\n{\n}', ["1 too-large 16", "4 {\n}"]],
    ["two in a row", "[1,{},[23456789],[23456789],3]", ["1 1", "1 {}", "1 too-large 10", "1 too-large 10", "1 3"]],
  ])("is reported with its size: %s", async (_, input, expected) => {
    expect(await listing(input, given)).toEqual(expected);
  });

  it.each([
    ["a line", "{}\n12345678\n", ["1 {}", "2 12345678"]],
    ["an element", "[[234567],1]", ["1 [234567]", "1 1"]],
  ])("is not one that just fits: %s", async (_, input, expected) => {
    expect(await listing(input, given)).toEqual(expected);
  });

  it("has no white space counted around it, only within", async () => {
    const input = `{}\n${BLANKS}[23456]${BLANKS}\n${BLANKS}[2${BLANKS}3]${BLANKS}`;
    expect(await listing(input, given)).toEqual(["1 {}", "2 [23456]", "3 too-large 24"]);
  });
});

it.each([0, -1, 1.5, Number.NaN])("a bound of %d is refused", async (maxDocumentBytes) => {
  const documents = readDocuments(process.stdin, { maxDocumentBytes });
  await expect(documents.next()).rejects.toThrow(RangeError);
});

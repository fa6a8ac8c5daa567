/** NDJSON: a line is a document. */
import { describe, expect, it } from "vitest";
import { listing } from "./reading.js";

describe("NDJSON", () => {
  it.each([
    ["lines", '{"a":1}\n{"b":2}\n', ['1 {"a":1}', '2 {"b":2}']],
    ["a last line without newline", "{}\n{}", ["1 {}", "2 {}"]],
    ["CRLF", "{}\r\n{}\r\n", ["1 {}", "2 {}"]],
    ["blank lines anywhere", "\n \r\n{}\n\n\t\n{}\n\n", ["3 {}", "6 {}"]],
    ["white space around a document", '  {"a": 1}\t \n', ['1 {"a": 1}']],
    ["a byte order mark", "\u{feff}{}\n{}", ["1 {}", "2 {}"]],
    ["a byte order mark and a blank line", "\u{feff}\n{}", ["2 {}"]],
    ["a mark elsewhere", "{}\n\u{feff}{}", ["1 {}", "2 \u{feff}{}"]],
    ["less than a byte order mark", "1", ["1 1"]],
    ["scalars", "null\n12\n", ["1 null", "2 12"]],
    ["an empty input", "", []],
    ["a byte order mark alone", "\u{feff}", []],
    ["blank lines alone", " \n\r\n", []],
  ])("reads %s", async (_, input, expected) => {
    expect(await listing(input)).toEqual(expected);
  });

  it("hands out part of a byte order mark as it is", async () => {
    const input = Buffer.from([0xef, 0xbb]);
    expect(await listing(input)).toEqual([`1 ${input.toString()}`]);
  });

  it("loses only the broken lines", async () => {
    const lines = ['{"a":1}', '{"b":', "}", '{"c":"[', "text", '{"d":1}'];
    expect(await listing(lines.join("\n"))).toEqual(lines.map((line, index) => `${index + 1} ${line}`));
  });
});

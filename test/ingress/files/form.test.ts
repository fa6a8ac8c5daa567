/** How the beginning of an input decides whether its lines are the documents. */
import { describe, expect, it } from "vitest";
import { listing } from "./reading.js";

describe("lines are the documents", () => {
  it.each([
    ["the first line balances", ['{"a":[{}]}', "{", "}"]],
    ["its brackets in strings do not count", ['{"a":"[\\"{"}', "{", "}"]],
    ["the first line is text", ["text, more", "{", "}"]],
    ["the first line is broken, a brace follows", ['{"a":', "{", "}"]],
    ["a string is not closed, a brace follows", ['{"a":"}', "{", "}"]],
  ])("when %s", async (_, lines) => {
    expect(await listing(lines.join("\n"))).toEqual(lines.map((line, index) => `${index + 1} ${line}`));
  });

  it("when blank lines stand between a broken first line and a brace", async () => {
    expect(await listing("{\r\n \n\n{\n}")).toEqual(["1 {", "4 {", "5 }"]);
  });

  it("when the first line is longer than a document may be", async () => {
    const input = '{"a": "123456789",\n"b": 1}\n{"c":1}';
    expect(await listing(input, { maxDocumentBytes: 10 })).toEqual(["1 too-large 18", '2 "b": 1}', '3 {"c":1}']);
  });

  it("when more blanks follow a broken first line than a document may have", async () => {
    const options = { maxDocumentBytes: 10 };
    expect(await listing(`{${"\n".repeat(9)} 1}`, options)).toEqual(["1 {", "10 1}"]);
    expect(await listing(`{${"\n".repeat(9)}1}`, options)).toEqual(["1 too-large 12"]);
  });
});

describe("brackets tell the documents apart", () => {
  it.each([
    ["the first byte opens an array", " \n[1,\n2]", ["2 1", "3 2"]],
    ["the first line leaves one open", '{\n "a":1\n}', ['1 {\n "a":1\n}']],
    ["a brace on the next line is indented", '{"a":\n {}}', ['1 {"a":\n {}}']],
    ["the brace of the next lines is indented", '{"a":\n\n {}}', ['1 {"a":\n\n {}}']],
    ["the first line closes too many", "}\n1 {}", ["1 }", "2 1", "2 {}"]],
    ["too many, however many follow", "}{\n1 }", ["1 }", "1 {\n1 }"]],
    ["a string is not closed", 'a"\n1 {}', ['1 a"', "2 1", "2 {}"]],
    ["the input ends in it", '{}{"a":1', ["1 {}", '1 {"a":1']],
    ["the input ends in a string", '{}"a', ["1 {}", '1 "a']],
    ["the input ends after it", "{}{\n", ["1 {}", "1 {"]],
  ])("when %s", async (_, input, expected) => {
    expect(await listing(input)).toEqual(expected);
  });
});

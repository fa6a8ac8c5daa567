/** Arrays and texts one after another: what is well formed, and how little what is broken costs. */
import { describe, expect, it } from "vitest";
import { listing } from "./reading.js";

describe("well-formed sequences", () => {
  it.each([
    ["an empty array", "[]", []],
    ["an empty array with blanks", "[ \n ]\n", []],
    ["the elements of an array", '[{"a":1}, [2,[3]]\n,"4" ]', ['1 {"a":1}', "1 [2,[3]]", '2 "4"']],
    ["scalars", '[1 ,true,"a,]}" ,\nnull\n]', ["1 1", "1 true", '1 "a,]}"', "2 null"]],
    ["strings with escapes", '[{"a":"\\\\\\"}]"},{"\\\\":1}]', ['1 {"a":"\\\\\\"}]"}', '1 {"\\\\":1}']],
    ["arrays and texts after an array", "[1]\n[2,\n3]{}\n4\n", ["1 1", "2 2", "3 3", "3 {}", "4 4"]],
    ["pretty-printed texts", '{\n "a": 1\n}\n{\n "b": [\n  2\n ]\n}', ['1 {\n "a": 1\n}', '4 {\n "b": [\n  2\n ]\n}']],
    ["pretty-printed texts with CRLF", "{\r\n}\r\n\r\n{\r\n}\r\n", ["1 {\r\n}", "4 {\r\n}"]],
    ["an array after a pretty-printed text", "{\n}\n[1]", ["1 {\n}", "3 1"]],
    ["a byte order mark before an array", "\u{feff}[1]", ["1 1"]],
  ])("give %s", async (_, input, expected) => {
    expect(await listing(input)).toEqual(expected);
  });

  it("may nest as deep as they like", async () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    expect(await listing(`[${deep},1]`)).toEqual([`1 ${deep}`, "1 1"]);
  });
});

describe("a broken element costs only itself", () => {
  it.each([
    ["a missing value", '[{"a":1},{"b": },{"c":1}]', ['1 {"a":1}', '1 {"b": }', '1 {"c":1}']],
    ["a bare word", "[{},\n not a word ,{}]", ["1 {}", "2 not a word", "2 {}"]],
    ["a call", '[{},ObjectId("a,b"),{}]', ["1 {}", '1 ObjectId("a,b")', "1 {}"]],
    ["a missing comma in it", '[{"a":1 "b":2},{}]', ['1 {"a":1 "b":2}', "1 {}"]],
    ["a missing comma after it", "[{} {}\n[]]", ["1 {}", "1 {}", "2 []"]],
    ["a missing comma between scalars", "[1 2,\n3\n4]", ["1 1 2", "2 3", "3 4"]],
    ["a word before an element", "[word{},word[1]]", ["1 word", "1 {}", "1 word", "1 [1]"]],
    ["a word after an element", "[{}word,{} word]", ["1 {}", "1 word", "1 {}", "1 word"]],
    ["a brace too many", "[{}},}{},{}]", ["1 {}", "1 }", "1 }", "1 {}", "1 {}"]],
    [
      "a missing quote in a pretty-printed element",
      '[{\n"a":"1,\n"b":{}\n},\n{}]',
      ['1 {\n"a":"1,\n"b":{}\n}', "5 {}"],
    ],
    ["a missing quote in a scalar", '["a,{},\n{}]', ['1 "a,{},', "2 {}"]],
    ["a newline in a string", '[{"a":"1\n2"},\n{"}":"\n"},{}]', ['1 {"a":"1\n2"}', '3 {"}":"\n"}', "4 {}"]],
    ["an escaped newline in a string", '[{"a":"\\\n\\""},\n{}]', ['1 {"a":"\\\n\\""}', "3 {}"]],
    ["an extra comma", "[1,\n,{}]", ["1 1", "2 ,", "2 {}"]],
    ["several extra commas", "[1,,,\n,2]", ["1 1", "1 ,", "1 ,", "2 ,", "2 2"]],
    ["a comma at the start", "[\n,{}]", ["2 ,", "2 {}"]],
    ["a comma at the end", "[{},\n]{}", ["1 {}", "1 ,", "2 {}"]],
    ["two commas at the end", "[{},\n,]", ["1 {}", "2 ,", "2 ,"]],
    ["commas alone", "[,,]", ["1 ,", "1 ,"]],
  ])("%s", async (_, input, expected) => {
    expect(await listing(input)).toEqual(expected);
  });
});

describe("what is no document is handed out as one", () => {
  it.each([
    ["text after an array", "[{}] and more, [1] \n] }\n{}", ["1 {}", "1 and more,", "1 1", "2 ] }", "3 {}"]],
    ["text between texts", "{\n}, \nword{}", ["1 {\n}", "2 ,", "3 word", "3 {}"]],
    ["an unterminated element", '[1,\n{"a": [2, "]', ["1 1", '2 {"a": [2, "]', "1 unterminated-array"]],
    ["an unterminated scalar", '[1, "a \n', ["1 1", '1 "a', "1 unterminated-array"]],
    ["an unterminated text", '{\n"a": 1\n ', ['1 {\n"a": 1']],
  ])("%s", async (_, input, expected) => {
    expect(await listing(input)).toEqual(expected);
  });

  it.each([
    ["after an element", "[]\n[{}", ["2 {}", "2 unterminated-array"]],
    ["after a comma", "[{},\n", ["1 {}", "1 unterminated-array"]],
    ["at once", "\n[", ["2 unterminated-array"]],
  ])("an array that is not closed is reported where it begins: %s", async (_, input, expected) => {
    expect(await listing(input)).toEqual(expected);
  });
});

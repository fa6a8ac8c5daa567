/** What the bytes of a body must be before anything in them is read. */
import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES, MAX_DEPTH, parseBody } from "../../../processors/sources/index.js";
import { bytes } from "./documents.js";

function refusalOf(body: Uint8Array) {
  const parsed = parseBody(body);
  if (parsed.ok) throw new Error("expected a refusal");
  return parsed.refusal;
}

function documentOf(text: string): object {
  const parsed = parseBody(bytes(text));
  if (!parsed.ok) throw new Error(`expected a document: ${parsed.refusal.code}`);
  return parsed.document;
}

const BYTE_ORDER_MARK = "\uFEFF";
const MEBIBYTE = 1024 * 1024;

describe("the body as bytes", () => {
  it("gives the document of a JSON object", () => {
    expect(documentOf('{"a":[1,"é😀"]}')).toEqual({ a: [1, "é😀"] });
  });

  it("reads only its own part of a larger buffer", () => {
    const whole = bytes('xx{"a":1}xx');
    expect(parseBody(whole.subarray(2, 9))).toEqual({ ok: true, document: { a: 1 } });
  });

  it("strips a byte order mark at the start", () => {
    expect(documentOf(`${BYTE_ORDER_MARK}{"a":1}`)).toEqual({ a: 1 });
  });

  it.each(["\uFFFD", "\uFEFE", "\u7EFF"])("does not take %j for a byte order mark", (character) => {
    expect(refusalOf(bytes(`${character}{}`)).code).toBe("INVALID_JSON");
  });

  it("refuses a byte order mark anywhere else", () => {
    expect(refusalOf(bytes(`${BYTE_ORDER_MARK}${BYTE_ORDER_MARK}{}`)).code).toBe("INVALID_JSON");
    expect(refusalOf(bytes(` ${BYTE_ORDER_MARK}{}`)).code).toBe("INVALID_JSON");
  });

  it.each([
    ["no bytes", new Uint8Array()],
    ["only a byte order mark", bytes(BYTE_ORDER_MARK)],
  ])("refuses %s as empty", (_, body) => {
    expect(refusalOf(body)).toEqual({ code: "EMPTY_BODY", path: "", message: expect.stringContaining("no bytes") });
  });

  it("reads a body of exactly the largest size and refuses one byte more", () => {
    expect(MAX_BODY_BYTES).toBe(16 * MEBIBYTE);
    const largest = bytes(`{}${" ".repeat(MAX_BODY_BYTES - 2)}`);
    expect(parseBody(largest).ok).toBe(true);
    const larger = new Uint8Array(MAX_BODY_BYTES + 1).fill(0x20);
    expect(refusalOf(larger)).toEqual({
      code: "BODY_TOO_LARGE",
      path: "",
      message: "16777217 bytes; at most 16777216 are read",
    });
  });

  it.each([
    ["a lone continuation byte", [0x7b, 0x22, 0x80, 0x22, 0x7d]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["half a character", [0x22, 0xe2, 0x82]],
  ])("refuses %s as invalid UTF-8", (_, codes) => {
    expect(refusalOf(Uint8Array.from(codes))).toEqual({ code: "INVALID_UTF8", path: "", message: "expected UTF-8" });
  });
});

describe("the body as JSON", () => {
  it.each(["[]", "1", '"text"', "null", "true"])("refuses %s, which is not an object", (text) => {
    expect(refusalOf(bytes(text))).toEqual({ code: "BAD_TYPE", path: "", message: "expected a JSON object" });
  });

  it.each([
    ['{"a":"secret" "b":1}', "not valid JSON at character 14"],
    ['{"a":"secret"', "not valid JSON at character 13"],
    ['{"a":"secret","b":', "not valid JSON: it ends too early"],
    ['{"a":"secret","b":}', "not valid JSON"],
    ["secret", "not valid JSON"],
  ])("says where %s is broken, without quoting it", (text, message) => {
    expect(refusalOf(bytes(text))).toEqual({ code: "INVALID_JSON", path: "", message });
  });

  it("takes no position from text that the engine's message quotes", () => {
    const { message } = refusalOf(bytes('{"a":secret in JSON at position 77'));
    expect(message).toBe("not valid JSON");
  });
});

describe("the depth of a body", () => {
  const arrays = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

  it("reads what is nested as deep as the limit", () => {
    expect(MAX_DEPTH).toBe(64);
    expect(parseBody(bytes(objects(64))).ok).toBe(true);
    expect(parseBody(bytes(`{"a":${arrays(63)}}`)).ok).toBe(true);
  });

  it.each([
    ["objects", objects(65)],
    ["arrays", `{"a":${arrays(64)}}`],
  ])("refuses %s nested one deeper", (_, text) => {
    expect(refusalOf(bytes(text))).toEqual({
      code: "TOO_DEEP",
      path: "",
      message: "objects and arrays may be nested 64 deep",
    });
  });

  it("counts what stands inside one another, not beside", () => {
    const beside = Array.from({ length: 200 }, () => '[{"a":[]}]').join(",");
    expect(parseBody(bytes(`{"a":[${beside}]}`)).ok).toBe(true);
  });

  it.each([
    ["brackets in a string", `{"a":"${"[{".repeat(100)}"}`],
    ["brackets behind an escaped quote", `{"a":"\\"${"[".repeat(100)}"}`],
    ["brackets behind an escaped backslash and quote", `{"a":"\\\\\\"${"[".repeat(100)}"}`],
    ["brackets in a key", `{"${"{".repeat(100)}":1}`],
  ])("does not count %s", (_, text) => {
    expect(parseBody(bytes(text)).ok).toBe(true);
  });

  it("counts brackets behind a string that ends in an escaped backslash", () => {
    expect(refusalOf(bytes(`{"a":"\\\\","b":${arrays(64)}}`)).code).toBe("TOO_DEEP");
  });

  it.each([
    ["arrays nested 100,000 deep", `{"a":${arrays(100_000)}}`.padEnd(MEBIBYTE)],
    ["objects nested 100,000 deep", objects(100_000).padEnd(MEBIBYTE)],
    ["one mebibyte of [", "[".repeat(MEBIBYTE)],
    ['one mebibyte of {"a":', '{"a":'.repeat(MEBIBYTE / 5)],
    ["brackets behind a mebibyte of text", `{"a":"${"x".repeat(MEBIBYTE)}","b":${arrays(100_000)}}`],
  ])("refuses %s at once", (_, text) => {
    const body = bytes(text);
    const start = performance.now();
    expect(refusalOf(body).code).toBe("TOO_DEEP");
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("forbidden keys", () => {
  it.each([
    ['{"__proto__":{"isSync":true}}', "__proto__"],
    ['{"data":{"attributes":{"__proto__":1}}}', "data.attributes.__proto__"],
    ['{"a":{"constructor":{"prototype":{}}}}', "a.constructor"],
    ['{"a":[1,{"prototype":null}]}', "a[1].prototype"],
    ['{"a":[[],[{"b":{"prototype":null}}]]}', "a[1][0].b.prototype"],
    ['{"\\u005f_proto__":1}', "__proto__"],
    ['{"a":{"\\u0063onstructor":1}}', "a.constructor"],
    ['{"a":{"proto\\u0074ype":1}}', "a.prototype"],
    ['{"first":{"b":1},"a":{"\\u005F\\u005F\\u0070\\u0072\\u006F\\u0074\\u006f\\u005f\\u005f":1}}', "a.__proto__"],
  ])("refuses %s", (text, path) => {
    expect(refusalOf(bytes(text))).toEqual({ code: "FORBIDDEN_KEY", path, message: "a key of this name is not read" });
  });

  it("does not show other keys that may be data of people", () => {
    expect(refusalOf(bytes('{"custom":{"someone@example.com":{"__proto__":1}}}')).path).toBe("custom[?].__proto__");
    expect(refusalOf(bytes(`{"${"k".repeat(65)}":{"__proto__":1}}`)).path).toBe("[?].__proto__");
  });

  it("reads such words in values, and keys that only look like them", () => {
    const text = '{"a":"__proto__","b":["constructor","prototype"],"proto":1,"Constructor":2,"\\u00e9":3,"c":null}';
    expect(documentOf(text)).toEqual(JSON.parse(text));
  });
});

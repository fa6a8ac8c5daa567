/** How each source shows that a request is its own. */
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Credentials, SCHEMES } from "../../../ingress/webhooks/schemes.js";

const BODY = Buffer.from('{"name":"caf\u00e9"}');
const digest = (secret: string) => createHmac("sha256", secret).update(BODY).digest();
const header = (text: string): Credentials => ({ header: Buffer.from(text, "latin1"), path: null });

describe.each(["kustomer", "belco"] as const)("%s", (source) => {
  const { verify, sign } = SCHEMES[source];

  it("is known by the hex HMAC-SHA256 of the body's bytes", () => {
    expect(sign(BODY, "s1")).toBe(digest("s1").toString("hex"));
    expect(verify(header(digest("s1").toString("hex")), BODY, ["s1"])).toBe(true);
  });

  it.each([[["s1"]], [["s0", "s1"]], [["s0", "s1", "s2"]], [["s1", "s0", "s2"]], [["s0", "s2", "s1"]]])(
    "is known with any of the secrets %j while they rotate",
    (secrets) => {
      expect(verify(header(digest("s1").toString("hex")), BODY, secrets)).toBe(true);
      expect(verify(header(digest("s3").toString("hex")), BODY, secrets)).toBe(false);
    },
  );

  it("is not known by a digest of another length, nor without a header", () => {
    const hex = digest("s1").toString("hex");
    for (const text of ["", hex.slice(2), hex.slice(0, -2), `${hex}00`, `${hex}, ${hex}`, ` ${hex}`])
      expect([text, verify(header(text), BODY, ["s1"])]).toEqual([text, false]);
    expect(verify({ header: null, path: hex }, BODY, ["s1"])).toBe(false);
  });

  it("is not known by characters that only look like hex when a byte of them is dropped", () => {
    const hex = digest("s1").toString("hex");
    const wide = Buffer.from([...hex].map((character) => character.charCodeAt(0) | 0x80));
    expect(verify({ header: wide, path: null }, BODY, ["s1"])).toBe(false);
  });
});

describe("Kustomer", () => {
  it("writes its hex in lower case: upper case is not its own", () => {
    expect(SCHEMES.kustomer.verify(header(digest("s1").toString("hex").toUpperCase()), BODY, ["s1"])).toBe(false);
  });

  it("writes no base64", () => {
    expect(SCHEMES.kustomer.verify(header(digest("s1").toString("base64")), BODY, ["s1"])).toBe(false);
  });
});

describe("Belco", () => {
  const { verify } = SCHEMES.belco;

  it.each([
    ["hex", digest("s1").toString("hex")],
    ["upper-case hex", digest("s1").toString("hex").toUpperCase()],
    ["base64", digest("s1").toString("base64")],
  ])("may write %s", (_, text) => {
    expect(verify(header(text), BODY, ["s0", "s1"])).toBe(true);
    expect(verify(header(text), BODY, ["s0"])).toBe(false);
  });

  it.each([
    ["without padding", (text: string) => text.slice(0, -1)],
    ["with more padding", (text: string) => `${text}=`],
    ["in the alphabet of URLs", () => digest("s5").toString("base64url")],
    ["with bits that stand for nothing", nextInAlphabet],
    ["with a line end in it", (text: string) => `${text.slice(0, 20)}\n${text.slice(20)}`],
  ])("writes base64 in one way: not %s", (_, otherwise) => {
    const text = otherwise(digest("s1").toString("base64"));
    expect(verify(header(text), BODY, ["s1", "s5"])).toBe(false);
  });
});

/** The last character's two low bits are padding: the next one decodes to the same bytes. */
function nextInAlphabet(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const other = `${text.slice(0, 42)}${alphabet[alphabet.indexOf(text[42] ?? "") + 1]}=`;
  expect(Buffer.from(other, "base64")).toEqual(Buffer.from(text, "base64"));
  return other;
}

describe("Rasayel", () => {
  const { verify, sign } = SCHEMES.rasayel;
  const both = (shown: string | null, path: string | null): Credentials => ({
    header: shown === null ? null : Buffer.from(shown, "utf8"),
    path,
  });

  it("shows the secret itself, in a header or in the path", () => {
    expect(verify(both("s1", null), BODY, ["s0", "s1"])).toBe(true);
    expect(verify(both(null, "s1"), BODY, ["s0", "s1"])).toBe(true);
    expect(verify(both("s1", "s1"), BODY, ["s1"])).toBe(true);
  });

  it("is not known when either place is wrong, or both are empty", () => {
    expect(verify(both("s1", "s2"), BODY, ["s1"])).toBe(false);
    expect(verify(both("s2", "s1"), BODY, ["s1"])).toBe(false);
    expect(verify(both("", "s1"), BODY, ["s1"])).toBe(false);
    expect(verify(both(null, null), BODY, ["s1"])).toBe(false);
  });

  it("is known by secrets of any length and characters", () => {
    for (const secret of ["\u00e9", "geheim\u00fc\u4e16", "a".repeat(1_000), "a b"]) {
      expect(verify(both(secret, null), BODY, [secret])).toBe(true);
      expect(verify(both(null, secret), BODY, [secret])).toBe(true);
      expect(verify(both(`${secret}x`, null), BODY, [secret])).toBe(false);
      expect(Buffer.from(sign(BODY, secret), "latin1").toString("utf8")).toBe(secret);
    }
  });
});

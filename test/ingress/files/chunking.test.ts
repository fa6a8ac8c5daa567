/** However the input is cut into chunks, the documents are the same, and none of its bytes is lost. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listing, reading } from "./reading.js";

const FRAGMENTS = [
  ...'{}[],:"\\ \n\t1',
  "\r\n",
  "\n{",
  "\n[",
  '{"a":1}',
  '{"ä€😀": [1, {}, "]"]}',
  '"\\"}"',
  "[1,{}]",
  "word",
  "😀",
  "\u{feff}",
];
const text = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 30 }).map((parts) => parts.join(""));
const withForm = fc
  .tuple(fc.constantFrom("", "\u{feff}", "\n \n"), fc.constantFrom("", "[", "{\n 1", "1\n"), text)
  .map((parts) => parts.join(""));
const chunkSizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 });
const maxDocumentBytes = fc.integer({ min: 1, max: 40 });

describe("chunks", { timeout: 30_000 }, () => {
  it("do not change the documents", async () => {
    await fc.assert(
      fc.asyncProperty(withForm, chunkSizes, maxDocumentBytes, async (input, sizes, maxBytes) => {
        const options = { maxDocumentBytes: maxBytes };
        const whole = await listing(input, options);
        expect(await listing(input, { ...options, chunkSizes: sizes })).toEqual(whole);
        expect(await listing(input, { ...options, chunkSizes: [1] })).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a sequence", { timeout: 30_000 }, () => {
  it("loses no byte but blanks and the brackets and commas of arrays", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (rest) => {
        const input = `[${rest}`;
        let end = 0;
        for (const document of await reading(input)) {
          if (!("text" in document) || document.text === ",") continue;
          const start = find(input, document, end);
          expect(input.slice(end, start)).toMatch(/^[\s[\],]*$/);
          end = start + document.text.length;
        }
        expect(input.slice(end)).toMatch(/^[\s[\],]*$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Where the document's text stands on the document's line, after `from`. */
function find(input: string, { line, text }: { line: number; text: string }, from: number): number {
  let start = input.indexOf(text, from);
  while (start !== -1 && input.slice(0, start).split("\n").length < line) start = input.indexOf(text, start + 1);
  expect(input.slice(0, start).split("\n")).toHaveLength(line);
  return start;
}

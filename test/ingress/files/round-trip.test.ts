/** What was written in any of the three forms comes back equal, with the lines where it was written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reading } from "./reading.js";

interface Written {
  readonly line: number;
  readonly value: unknown;
}

/** Documents as they were written, one after another. */
class Writing {
  readonly documents: Written[] = [];
  text = "";

  document(text: string): void {
    this.documents.push({ line: this.text.split("\n").length, value: JSON.parse(text) });
    this.text += text;
  }
}

const value = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
const notArray = value.filter((any) => !Array.isArray(any));
const objectWithFields = fc.dictionary(fc.string({ unit: "binary" }), value, { minKeys: 1 });
const indent = fc.constantFrom<(string | number)[]>("\t", 1, 2);
const blank = fc.constantFrom("", "\n", " \n\n");
const mark = fc.constantFrom("", "\u{feff}");
const newline = fc.constantFrom("\n", "\r\n");
const chunkSizes = fc.constantFrom([100_000], [1], [3, 1, 7]);

async function expectBack({ text, documents }: Writing, eol: string, sizes: readonly number[]): Promise<void> {
  const read = await reading(text.replaceAll("\n", eol), { chunkSizes: sizes });
  expect(read.map((one) => ({ line: one.line, value: "text" in one ? JSON.parse(one.text) : one }))).toEqual(documents);
}

describe("documents come back", { timeout: 30_000 }, () => {
  it("from NDJSON", async () => {
    await fc.assert(
      fc.asyncProperty(
        mark,
        notArray,
        fc.array(value),
        blank,
        newline,
        chunkSizes,
        async (bom, first, rest, gap, ...cut) => {
          const writing = new Writing();
          writing.text = bom + gap;
          for (const each of [first, ...rest]) {
            writing.document(JSON.stringify(each));
            writing.text += `\n${gap}`;
          }
          await expectBack(writing, ...cut);
        },
      ),
    );
  });

  it("from an array", async () => {
    const space = fc.constantFrom<(string | number)[]>("", "\t", 2);
    await fc.assert(
      fc.asyncProperty(
        mark,
        fc.array(value),
        blank,
        space,
        newline,
        chunkSizes,
        async (bom, values, gap, by, ...cut) => {
          const writing = new Writing();
          writing.text = `${bom}${gap}[`;
          values.forEach((each, index) => {
            writing.text += `${index > 0 ? "," : ""}${gap}`;
            writing.document(JSON.stringify(each, null, by));
            writing.text += gap;
          });
          writing.text += `]${gap}`;
          await expectBack(writing, ...cut);
        },
      ),
    );
  });

  it("from a pretty-printed array", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value), indent, chunkSizes, async (values, by, sizes) => {
        const read = await reading(JSON.stringify(values, null, by), { chunkSizes: sizes });
        let line = 2;
        const expected = values.map((each) => {
          const document = { line, value: JSON.parse(JSON.stringify(each)) };
          line += JSON.stringify(each, null, by).split("\n").length;
          return document;
        });
        const back = read.map((one) => ({ line: one.line, value: "text" in one ? JSON.parse(one.text) : one }));
        expect(back).toEqual(expected);
      }),
    );
  });

  it("from pretty-printed texts one after another", async () => {
    await fc.assert(
      fc.asyncProperty(
        mark,
        objectWithFields,
        fc.array(notArray),
        blank,
        indent,
        newline,
        chunkSizes,
        async (bom, first, rest, gap, by, ...cut) => {
          const writing = new Writing();
          writing.text = bom + gap;
          for (const each of [first, ...rest]) {
            writing.document(JSON.stringify(each, null, by));
            writing.text += `\n${gap}`;
          }
          await expectBack(writing, ...cut);
        },
      ),
    );
  });
});

describe("the documents around a broken element come back", { timeout: 30_000 }, () => {
  it("from an array", async () => {
    const whole = value.map((any) => JSON.stringify({ whole: any }));
    const broken = fc.constantFrom('{"b": }', "word", "{} {}", '{"a":1 "b":[,]}', "", "[1,,2]", "{]", "1 2", "}", '"');
    const element = fc.oneof({ weight: 3, arbitrary: whole }, { weight: 1, arbitrary: broken });
    await fc.assert(
      fc.asyncProperty(fc.array(element), fc.constantFrom(",\n", "\n,"), async (elements, separator) => {
        const read = await reading(`[${elements.join(separator)}]`);
        const back = read.map((one) => ("text" in one ? one.text : one.problem));
        expect(back.filter(isWhole)).toEqual(elements.filter(isWhole));
      }),
    );
  });
});

function isWhole(text: string): boolean {
  return text.startsWith('{"whole":');
}

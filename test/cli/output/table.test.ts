/** Tables that are printed as their rows come: their widths, and that nothing is lost on the way. */
import fc from "fast-check";
import { createColors } from "picocolors";
import stringWidth from "string-width";
import { beforeAll, describe, expect, it } from "vitest";
import { type Column, type Row, Table } from "../../../cli/output/table.js";
import { announce, SEED, setting } from "../../oracle/settings.js";

const RUNS = setting("RUNS", 300);
const colors = createColors(true);

beforeAll(() => announce("tables", { RUNS }));

function plain(text: string): string {
  return text;
}

function table(titles: readonly (string | Column)[], width: number, style = plain): Table {
  const columns = titles.map((title) => (typeof title === "string" ? { title, minWidth: 1 } : title));
  return new Table(columns, width, style);
}

function row(...cells: string[]): Row {
  return { heading: "", cells };
}

function lines(text: string): string[] {
  expect(text.endsWith("\n")).toBe(true);
  return text.slice(0, -1).split("\n");
}

describe("a table that fits", () => {
  it("has each column as wide as its widest cell or title, and no space at the end of a line", () => {
    const text = table(["a", "title", "c"], 80).render([row("longer", "x", "1"), row("y", "z", "")]);
    expect(lines(text)).toEqual(["a       title  c", "longer  x      1", "y       z"]);
  });

  it("has its titles once, before the first rows", () => {
    const shown = table(["one", "two"], 80);
    expect(lines(shown.render([row("1", "2")]))).toEqual(["one  two", "1    2"]);
    expect(lines(shown.render([row("3", "4")]))).toEqual(["3    4"]);
  });

  it("has only titles without rows, and then nothing", () => {
    const shown = table(["one", "two"], 80);
    expect(shown.render([])).toBe("one  two\n");
    expect(shown.render([])).toBe("");
  });

  it("keeps the widths of its first rows: wider cells that come later wrap", () => {
    const shown = table(["id", "n"], 80);
    shown.render([row("abc", "1")]);
    expect(lines(shown.render([row("abcdefgh", "23")]))).toEqual(["abc  2", "def  3", "gh"]);
  });

  it("wraps between words where it can", () => {
    const shown = table(["reason"], 80);
    shown.render([row("eight ch")]);
    expect(lines(shown.render([row("one two three")]))).toEqual(["one two", "three"]);
  });
});

describe("a table that does not fit", () => {
  it("takes from the widest columns first", () => {
    const [titles] = lines(table(["a", "b", "c"], 20).render([row("x".repeat(30), "y".repeat(9), "zz")]));
    // 20 - 2 gaps of 2 = 16 = 7 + 7 + 2
    expect(titles).toBe(`a${" ".repeat(8)}b${" ".repeat(8)}c`);
  });

  it("takes from columns with a least width only when no other is left", () => {
    const whole = { title: "whole", minWidth: 10 };
    const cells = row("0123456789", "x".repeat(20));
    expect(lines(table([whole, "id"], 20).render([cells]))[1]).toBe("0123456789  xxxxxxxx");
    expect(lines(table([whole, "id"], 8).render([cells]))[0]).toBe("whole  i");
    expect(lines(table([whole, "id"], 7).render([cells]))[0]).toBe("whol  i");
  });

  it("keeps one character of each column at least", () => {
    const text = table(["ab", "cd"], 1).render([row("12", "34")]);
    expect(lines(text)).toEqual(["a  c", "b  d", "1  3", "2  4"]);
  });
});

describe("a heading", () => {
  it("stands on a line of its own before its row, and takes no part in the widths", () => {
    const text = table(["a", "b"], 80).render([{ heading: "a long heading", cells: ["1", "2"] }, row("3", "4")]);
    expect(lines(text)).toEqual(["a  b", "a long heading", "1  2", "3  4"]);
  });

  it("wraps into the width of the whole table", () => {
    const text = table(["a"], 10).render([{ heading: "0123456789abc", cells: ["1"] }]);
    expect(lines(text)).toEqual(["a", "0123456789", "abc", "1"]);
  });
});

describe("wide characters", () => {
  it("count as the two columns that they take", () => {
    const text = table(["id", "n"], 80).render([row("漢字", "1"), row("abcd", "2"), row("🙂", "3"), row("é", "4")]);
    expect(lines(text)).toEqual(["id    n", "漢字  1", "abcd  2", "🙂    3", "é     4"]);
  });

  it("are never cut in half", () => {
    const text = table(["n"], 5).render([row("漢字漢字")]);
    expect(lines(text)).toEqual(["n", "漢字", "漢字"]);
  });
});

describe("styles", () => {
  it("of titles are on each line of a title, and take no room", () => {
    const text = table(["abcd", "efgh"], 6, colors.bold).render([row("1", "2")]);
    const { bold } = colors;
    expect(lines(text)).toEqual([`${bold("ab")}  ${bold("ef")}`, `${bold("cd")}  ${bold("gh")}`, "1   2"]);
  });

  it("of cells take no room, and end with each line", () => {
    const shown = table(["id", "n"], 80);
    expect(lines(shown.render([row(colors.red("abc"), "1")]))[1]).toBe(`${colors.red("abc")}  1`);
    expect(lines(shown.render([row(colors.red("abcdef"), "2")]))).toEqual([
      `${colors.red("abc")}  2`,
      colors.red("def"),
    ]);
  });
});

it("random tables stay within their width, and lose no character", () => {
  const character = fc.constantFrom("a", "b", "漢", "🙂", "é", "-", " ");
  const cell = fc.string({ unit: character, maxLength: 40 });
  const sizes = fc.record({ columns: fc.integer({ min: 1, max: 6 }), spare: fc.nat(60) });
  const cases = sizes.chain(({ columns, spare }) => {
    const cells = fc.array(cell, { minLength: columns, maxLength: columns });
    const rows = fc.array(fc.record({ heading: fc.oneof(fc.constant(""), cell), cells }), { maxLength: 5 });
    return fc.record({
      // Room for one wide character in each column, and the gaps. No column is narrower, for its title has two letters.
      width: fc.constant(columns * 2 + (columns - 1) * 2 + spare),
      titles: cells.map((texts) => texts.map((text) => `no${text}`)),
      pages: fc.array(rows, { minLength: 1, maxLength: 3 }),
    });
  });
  fc.assert(
    fc.property(cases, ({ width, titles, pages }) => {
      const shown = table(
        titles.map((title) => ({ title, minWidth: 2 })),
        width,
      );
      const text = pages.map((rows) => shown.render(rows)).join("");
      for (const line of text.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      const given = [...titles, ...pages.flat().flatMap(({ heading, cells }) => [heading, ...cells])].join("");
      expect(characters(text)).toEqual(characters(given));
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** All that can be seen, sorted: columns stand side by side, so the order differs. */
function characters(text: string): string[] {
  return [...text.replaceAll(/\s/g, "")].sort();
}

/** What the terminal can do, and what its user wants. */
import { describe, expect, it } from "vitest";
import { colorsFor, isTerminal, widthOf } from "../../../cli/output/terminal.js";

function stream(fields: { readonly isTTY?: boolean; readonly columns?: number }): NodeJS.WriteStream {
  return fields as NodeJS.WriteStream;
}

const TERMINAL = stream({ isTTY: true, columns: 100 });
const PIPE = stream({});

describe("colour", () => {
  it.each([
    ["on a terminal", TERMINAL, {}, true],
    ["on a terminal with an empty NO_COLOR", TERMINAL, { NO_COLOR: "" }, true],
    ["on a terminal of some kind", TERMINAL, { TERM: "xterm-256color" }, true],
    ["on a terminal with NO_COLOR", TERMINAL, { NO_COLOR: "1" }, false],
    ["on a terminal with NO_COLOR, whatever it says", TERMINAL, { NO_COLOR: "0" }, false],
    ["on a dumb terminal", TERMINAL, { TERM: "dumb" }, false],
    ["in a pipe", PIPE, {}, false],
    ["in what says that it is no terminal", stream({ isTTY: false }), {}, false],
  ])("%s", (_, to, environment, colored) => {
    const colors = colorsFor(to, environment);
    expect(colors.isColorSupported).toBe(colored);
    expect(colors.red("text")).toBe(colored ? "\u001b[31mtext\u001b[39m" : "text");
    expect(colors.bold("text")).toBe(colored ? "\u001b[1mtext\u001b[22m" : "text");
  });
});

describe("the width", () => {
  it.each([
    ["is that of the terminal", TERMINAL, {}, 100],
    ["is that of the terminal, whatever COLUMNS says", TERMINAL, { COLUMNS: "50" }, 100],
    ["is that of COLUMNS in a pipe", PIPE, { COLUMNS: "50" }, 50],
    ["is 120 in a pipe", PIPE, {}, 120],
    ["is 120 where COLUMNS is no number", PIPE, { COLUMNS: "wide" }, 120],
    ["is 120 where COLUMNS is no whole number", PIPE, { COLUMNS: "50.5" }, 120],
    ["is 120 where COLUMNS is empty", PIPE, { COLUMNS: "" }, 120],
    ["is 120 where COLUMNS is below one", PIPE, { COLUMNS: "-5" }, 120],
    ["is 120 where the terminal does not know", stream({ isTTY: true, columns: 0 }), {}, 120],
    ["is never less than 20", stream({ isTTY: true, columns: 3 }), {}, 20],
    ["is never less than 20 in a pipe either", PIPE, { COLUMNS: "1" }, 20],
  ])("%s", (_, to, environment, width) => {
    expect(widthOf(to, environment)).toBe(width);
  });
});

it("a terminal is what says that it is one", () => {
  expect([TERMINAL, PIPE, stream({ isTTY: false })].map(isTerminal)).toEqual([true, false, false]);
});

/** Text, numbers and names as people see them. */
import { describe, expect, it } from "vitest";
import { assignmentName, isReason, targetName, timeName, versionName } from "../../../cli/output/names.js";
import { formatCount, plural, printable } from "../../../cli/output/text.js";
import { REASONS } from "../../../schemas/index.js";

const VERSION = { basis: 58, kind: 1, workItemNumber: 2, workItemRevision: 3, eventId: "e" };
const ESCAPE = "\u001b";

describe("text from outside", () => {
  it.each([
    ["the start of a terminal's codes", `a${ESCAPE}[2Jb`, "a\\u{1b}[2Jb"],
    ["the end of a line", "a\r\nb", "a\\u{d}\\u{a}b"],
    ["a tab and a delete", "\t\u007f", "\\u{9}\\u{7f}"],
    ["codes of eight bits", "\u009b31m", "\\u{9b}31m"],
    ["what turns the direction of writing", "\u202egpj.exe", "\\u{202e}gpj.exe"],
    ["what cannot be seen", "a\u200b\u00ad\ufeffb", "a\\u{200b}\\u{ad}\\u{feff}b"],
    ["other ends of lines", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["what cannot be seen beyond the first plane", "a\u{e0041}b", "a\\u{e0041}b"],
  ])("shows %s as an escape", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("shows all else as it is", () => {
    const text = "Zoë 漢字 🙂 \\u{1b} 5fa2-a5_a9:10";
    expect(printable(text)).toBe(text);
  });
});

describe("numbers", () => {
  it.each([
    [0, "0 events"],
    [1, "1 event"],
    [2, "2 events"],
    [1_234_567, "1,234,567 events"],
  ])("%i event", (count, text) => {
    expect(plural(count, "event")).toBe(text);
  });

  it("have commas between thousands", () => {
    expect([999, 1_000, 1_000_000].map(formatCount)).toEqual(["999", "1,000", "1,000,000"]);
  });
});

describe("names", () => {
  it("of targets say what they are, and show ids safely", () => {
    expect(targetName({ type: "QUEUE", id: "5fa2" })).toBe("queue 5fa2");
    expect(targetName({ type: "USER", id: `h${ESCAPE}` })).toBe("user h\\u{1b}");
    expect(targetName(null)).toBe("nobody");
  });

  it("of assignments tell unknown from nobody", () => {
    expect(assignmentName(null, null)).toBe("unknown");
    expect(assignmentName(null, VERSION)).toBe("nobody");
    expect(assignmentName({ type: "QUEUE", id: "q" }, VERSION)).toBe("queue q");
  });

  it("of versions are as the decision rule writes keys", () => {
    expect(versionName(VERSION)).toBe("(58,1,2,3)");
    expect(versionName(null)).toBe("-");
  });

  it("of times are ISO 8601, and the number itself where there is no such date", () => {
    expect(timeName(1_646_165_675_507)).toBe("2022-03-01T20:14:35.507Z");
    expect(timeName(Number.MAX_SAFE_INTEGER)).toBe("9007199254740991");
  });

  it("of reasons are those of the decision rule, and no others", () => {
    expect(REASONS.filter((reason) => !isReason(reason))).toEqual([]);
    expect(["", "assigned", "toString"].filter(isReason)).toEqual([]);
  });
});

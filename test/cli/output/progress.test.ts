/** How far a long run has come, on a terminal and elsewhere, by a clock that the test moves. */
import { describe, expect, it } from "vitest";
import { Progress } from "../../../cli/output/progress.js";

const CLEAR_LINE = "\r\u001b[2K";
const STARTED_MS = 5_000;

function open(isTTY: boolean) {
  const written: string[] = [];
  const clock = { ms: STARTED_MS };
  const progress = new Progress({ isTTY, write: (text: string) => written.push(text) }, "documents", () => clock.ms);
  const at = (ms: number, count: number) => {
    clock.ms = STARTED_MS + ms;
    progress.update(count);
  };
  return { written, progress, at };
}

describe("on a terminal", () => {
  it("says nothing of a run that takes less than a second", () => {
    const { written, progress, at } = open(true);
    at(0, 1);
    at(999, 1_000_000);
    progress.clear();
    expect(written).toEqual([]);
  });

  it("says count and rate in place, over what was there", () => {
    const { written, at } = open(true);
    at(2_000, 1_234_567);
    expect(written).toEqual([`${CLEAR_LINE}1,234,567 documents, 617,284/s`]);
  });

  it("says it five times a second at most", () => {
    const { written, at } = open(true);
    at(1_000, 1);
    at(1_199, 2);
    at(1_200, 3);
    expect(written).toEqual([`${CLEAR_LINE}1 documents, 1/s`, `${CLEAR_LINE}3 documents, 3/s`]);
  });

  it("leaves a clean line, once", () => {
    const { written, progress, at } = open(true);
    at(1_000, 1);
    progress.clear();
    progress.clear();
    expect(written.slice(1)).toEqual([CLEAR_LINE]);
  });

  it("goes on after it was cleared", () => {
    const { written, progress, at } = open(true);
    at(1_000, 1);
    progress.clear();
    at(2_000, 8);
    progress.clear();
    expect(written.slice(2)).toEqual([`${CLEAR_LINE}8 documents, 4/s`, CLEAR_LINE]);
  });
});

describe("without a terminal", () => {
  it("says a line every ten seconds, without codes that move the cursor", () => {
    const { written, progress, at } = open(false);
    at(9_999, 1);
    expect(written).toEqual([]);
    at(10_000, 20_000);
    at(19_999, 30_000);
    at(20_000, 50_000);
    progress.clear();
    expect(written).toEqual(["20,000 documents, 2,000/s\n", "50,000 documents, 2,500/s\n"]);
  });
});

describe("a stream that does not say whether it is a terminal", () => {
  it("is none", () => {
    const written: string[] = [];
    let nowMs = 0;
    const progress = new Progress({ write: (text: string) => written.push(text) }, "documents", () => nowMs);
    nowMs = 10_000;
    progress.update(10);
    expect(written).toEqual(["10 documents, 1/s\n"]);
  });
});

it.each([
  [20_000, 100_000, "20,000 of 100,000 records, 2,000/s, about 40 s left\n"],
  [20_000, 1_000_000, "20,000 of 1,000,000 records, 2,000/s, about 9 min left\n"],
  [20_000, 20_000_000, "20,000 of 20,000,000 records, 2,000/s, about 3 h left\n"],
  [20_000, 20_000, "20,000 of 20,000 records, 2,000/s\n"],
  [0, 100, "0 of 100 records, 0/s\n"],
])("%i of a known total of %i: it says how long the rest takes", (count, total, line) => {
  const written: string[] = [];
  let nowMs = 0;
  const progress = new Progress({ write: (text: string) => written.push(text) }, "records", () => nowMs);
  nowMs = 10_000;
  progress.update(count, total);
  expect(written).toEqual([line]);
});

it.each([
  [true, 5 * 60],
  [false, 6],
])("however often it is told, it says little: on a terminal %s, in a minute at most %i times", (isTTY, most) => {
  const { written, at } = open(isTTY);
  for (let count = 0; count <= 600_000; count += 1) at(count / 10, count);
  expect(written.length).toBeGreaterThan(0);
  expect(written.length).toBeLessThanOrEqual(most);
});

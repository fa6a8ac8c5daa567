/** Where the live state ends in the raw input. */
import { describe, expect, it } from "vitest";
import { RawCut } from "../../../runtime/replay/raw-cut.js";
import { encodeText } from "../../../runtime/task/index.js";
import { MemoryLog, type MemoryRecord } from "./memory-log.js";

const at = (offset: number, raw: number, partition = 0): MemoryRecord => ({
  offset,
  rawPosition: `${partition}:${raw}`,
});
const positions = (conversation: number, workItem: number) => [
  { topic: "c", partition: 0, offset: conversation },
  { topic: "w", partition: 0, offset: workItem },
];
const cutOf = (log: MemoryLog, conversation: number, workItem: number) =>
  RawCut.of(log, ["c", "w"], 1, positions(conversation, workItem));
const record = (topic: string, raw: number, partition = 0) => ({
  topic,
  partition: 0,
  offset: 0,
  timestamp: 0,
  key: null,
  value: null,
  headers: [{ key: "raw-position", value: encodeText(`${partition}:${raw}`) }],
});

describe("the cut", () => {
  const log = () =>
    new MemoryLog().put("c", 0, [at(0, 0), at(1, 2), at(2, 5)]).put("w", 0, [at(0, 1), at(1, 3), at(2, 4)]);

  it("lies behind the furthest record that a live task has processed, and leaves out what the other has not", async () => {
    const cut = await cutOf(log(), 2, 3);
    expect(cut.endOf(0, 99)).toBe(5);
    expect([record("c", 2), record("c", 3), record("w", 4), record("w", 5)].map((one) => cut.admits(one))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    // Of other producers nothing is known: they are not replayed from raw events anyway.
    expect(cut.admits(record("c", 99, 1))).toBe(true);
  });

  it("is at the beginning when nothing was processed", async () => {
    const cut = await cutOf(log(), 0, 0);
    expect(cut.endOf(0, 99)).toBe(0);
    expect((await RawCut.of(log(), ["c", "w"], 1, [])).endOf(0, 99)).toBe(0);
  });

  it("is told by the next record where the last has expired, and is the end when there is none", async () => {
    const expired = new MemoryLog().put("c", 0, [at(7, 30)], 8, 7).put("w", 0, [], 5, 5);
    const cut = await cutOf(expired, 7, 5);
    expect(cut.admits(record("c", 29))).toBe(true);
    expect(cut.admits(record("c", 30))).toBe(false);
    expect(cut.admits(record("w", 1_000))).toBe(true);
    expect(cut.endOf(0, 40)).toBe(40);
  });

  it("is found behind many records of other producers", async () => {
    const others = Array.from({ length: 500 }, (_, index) => ({ offset: index + 1 }));
    const cut = await cutOf(new MemoryLog(50).put("c", 0, [at(0, 11), ...others]).put("w", 0, []), 501, 0);
    expect(cut.endOf(0, 99)).toBe(12);
  });
});

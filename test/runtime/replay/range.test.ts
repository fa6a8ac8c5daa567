/** Which records a replay reads. */
import { describe, expect, it } from "vitest";
import { ReplayError, ReplayRangeError } from "../../../runtime/replay/errors.js";
import { type RangeRequest, resolveRanges } from "../../../runtime/replay/range.js";
import { MemoryLog } from "./memory-log.js";

const numbered = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => ({ offset: first + index, timestamp: 100 + first + index }));
const log = () => new MemoryLog().put("a", 0, numbered(6, 4), 10, 4).put("a", 1, numbered(3));
const INPUT = { topics: ["a"], partitions: 2 };
const resolve = async (request: RangeRequest) =>
  (await resolveRanges({ log: log() }, INPUT, request)).map(({ startOffset, fromOffset, toOffset }) => [
    startOffset,
    fromOffset,
    toOffset,
  ]);

describe("a range", () => {
  it("is all that is there, or begins and ends where it is said", async () => {
    expect(await resolve({ from: { kind: "beginning" }, to: { kind: "end" } })).toEqual([
      [4, 4, 10],
      [0, 0, 3],
    ]);
    const offsets = [{ topic: "a", partition: 0, offset: 7 }];
    expect(await resolve({ from: { kind: "offsets", offsets }, to: { kind: "end" } })).toEqual([
      [4, 7, 10],
      [0, 0, 3],
    ]);
    expect(await resolve({ from: { kind: "beginning" }, to: { kind: "offsets", offsets } })).toEqual([
      [4, 4, 7],
      [0, 0, 3],
    ]);
  });

  it("of times begins with the first record of that time, and may be empty", async () => {
    const time = (timestampMs: number) => ({ kind: "timestamp", timestampMs }) as const;
    expect(await resolve({ from: time(102), to: time(106) })).toEqual([
      [4, 4, 6],
      [0, 2, 3],
    ]);
    expect(await resolve({ from: time(999), to: { kind: "end" } })).toEqual([
      [4, 10, 10],
      [0, 3, 3],
    ]);
  });

  it("up to the live positions ends where the input has expired unread, and is empty where nothing was read", async () => {
    const offsets = [{ topic: "a", partition: 0, offset: 2 }];
    const request = { from: { kind: "timestamp", timestampMs: 105 }, to: { kind: "positions", offsets } } as const;
    expect(await resolve(request)).toEqual([
      [4, 4, 4],
      [0, 0, 0],
    ]);
  });
});

describe("what is not there is named", () => {
  const at = (topic: string, partition: number, offset: number) => ({ topic, partition, offset });
  it.each([
    ["expired", at("a", 0, 3), "a:0:3: it has expired; the partition has the offsets 4 up to 10"],
    ["not written", at("a", 1, 4), "a:1:4: it is not written yet"],
    ["another topic", at("b", 0, 0), "b:0:0: b is no input of this replay, which reads a"],
    ["another partition", at("a", 2, 0), "a:2:0: a has the partitions 0 to 1"],
  ])("%s", async (_, offset, message) => {
    for (const end of ["from", "to"] as const) {
      const limit = { kind: "offsets", offsets: [offset] } as const;
      const request =
        end === "from"
          ? { from: limit, to: { kind: "end" } as const }
          : { from: { kind: "beginning" } as const, to: limit };
      const error = await resolve(request).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ReplayRangeError);
      expect(error).toMatchObject({ end, message: expect.stringContaining(message) });
    }
  });

  it("twice, or the wrong way round", async () => {
    const twice = { kind: "offsets", offsets: [at("a", 0, 5), at("a", 0, 6)] } as const;
    await expect(resolve({ from: twice, to: { kind: "end" } })).rejects.toThrow("named twice");
    const from = { kind: "offsets", offsets: [at("a", 0, 8)] } as const;
    const to = { kind: "offsets", offsets: [at("a", 0, 6)] } as const;
    await expect(resolve({ from, to })).rejects.toThrow("begin at offset 8, which is behind its end, 6");
    await expect(resolve({ from, to: { kind: "timestamp", timestampMs: 105 } })).rejects.toThrow(ReplayRangeError);
    const positions = { kind: "positions", offsets: [at("a", 0, 6)] } as const;
    await expect(resolve({ from, to: positions })).rejects.toThrow("where the live task stands, 6");
    const beyond = { kind: "positions", offsets: [at("a", 0, 11)] } as const;
    await expect(resolve({ from: { kind: "beginning" }, to: beyond })).rejects.toThrow(ReplayError);
  });
});

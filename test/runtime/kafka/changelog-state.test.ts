/** The state of a partition as its changelog has it: of one checkpoint, also when the log is compacted while it is read. */
import { describe, expect, it } from "vitest";
import { readChangelog } from "../../../runtime/kafka/changelog-state.js";
import type { QueriedLog } from "../../../runtime/queries/index.js";
import { type ConsumedRecord, encodeText } from "../../../runtime/task/index.js";
import { positionsCodec } from "../../../schemas/index.js";

const TOPIC = "changelog";
const PAGE = 3;

function row(key: string, value: string | null) {
  return { key: encodeText(key), value: value === null ? null : encodeText(value) };
}

function positions(checkpoint: number) {
  return { key: encodeText("positions"), value: positionsCodec.encode({ checkpoint, positions: [], counters: [] }) };
}

type Written = ReturnType<typeof row> | null;

/** Pages of a few records; null where compaction has left nothing. */
class FakeLog implements QueriedLog {
  readonly reads: number[] = [];

  constructor(
    readonly records: Written[],
    private readonly start = 0,
    /** Called at each read, before it: what others do meanwhile. */
    private readonly meanwhile: (log: FakeLog) => void = () => undefined,
  ) {}

  startOffset = async () => this.start;
  endOffset = async () => this.records.length;

  async read(topic: string, partition: number, fromOffset: number) {
    this.meanwhile(this);
    this.reads.push(fromOffset);
    const records: ConsumedRecord[] = [];
    let nextOffset = fromOffset;
    while (records.length < PAGE && nextOffset < this.records.length) {
      const written = this.records[nextOffset];
      if (written) records.push({ topic, partition, offset: nextOffset, timestamp: 1, headers: [], ...written });
      nextOffset += 1;
    }
    return { records, nextOffset };
  }
}

async function stateOf(log: QueriedLog) {
  const rows = new Map<string, string | null>();
  const reading = readChangelog(log, TOPIC, 0);
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return { rows: Object.fromEntries(rows), checkpoint: value?.checkpoint ?? null };
    for (const { key, row: bytes } of value) rows.set(key, bytes === null ? null : Buffer.from(bytes).toString());
  }
}

describe("the state in a changelog", () => {
  it("of an empty one is nothing", async () => {
    expect(await stateOf(new FakeLog([]))).toEqual({ rows: {}, checkpoint: null });
  });

  it("is the last row of each key, and removed rows are told", async () => {
    const log = new FakeLog([row("a", "1"), row("b", "1"), positions(1), row("a", "2"), row("b", null), positions(2)]);
    expect(await stateOf(log)).toEqual({ rows: { a: "2", b: null }, checkpoint: 2 });
  });

  it("leaves out what lies behind the last positions: it is of no whole checkpoint", async () => {
    const log = new FakeLog([row("a", "1"), positions(1), row("a", "2"), row("c", "1")]);
    expect(await stateOf(log)).toEqual({ rows: { a: "1" }, checkpoint: 1 });
  });

  it("is nothing without positions, whatever rows there are", async () => {
    expect(await stateOf(new FakeLog([row("a", "1"), row("b", "1")]))).toEqual({ rows: {}, checkpoint: null });
  });

  it("is found where compaction has left gaps, at the end too", async () => {
    const gap = [null, null, null];
    const log = new FakeLog([...gap, row("a", "1"), ...gap, positions(7), ...gap], 1);
    expect(await stateOf(log)).toEqual({ rows: { a: "1" }, checkpoint: 7 });
  });

  it("is found when the last positions lie far from the end, without reading everything twice", async () => {
    const rows = Array.from({ length: 30_000 }, (_, one) => row(`k${one}`, "1"));
    const log = new FakeLog([...rows, positions(1), ...rows.slice(0, 4_000)]);
    const { checkpoint, rows: found } = await stateOf(log);
    expect([checkpoint, Object.keys(found).length]).toEqual([1, 30_000]);
    expect(log.reads.length).toBeLessThan((34_000 + 21_000) / PAGE + 10);
  });

  it("misses no row that was compacted away while it was read: the one that took its place comes", async () => {
    // A minute passes at each read, as far as the reading can tell.
    const { now } = performance;
    let minutes = 0;
    performance.now = () => minutes * 60_000;
    try {
      let compacted = false;
      const log = new FakeLog([row("a", "1"), row("b", "1"), row("c", "1"), row("d", "1"), positions(1)], 0, (it) => {
        minutes += it.records.length < 8 ? 1 : 0;
        if (compacted) return;
        compacted = true;
        it.records.push(row("d", "2"), positions(2));
        it.records[3] = null;
        it.records[4] = null;
      });
      expect(await stateOf(log)).toEqual({ rows: { a: "1", b: "1", c: "1", d: "2" }, checkpoint: 2 });
    } finally {
      performance.now = now;
    }
  });

  it("that is written faster than it can be read is given up", async () => {
    const { now } = performance;
    let minutes = 0;
    performance.now = () => minutes++ * 60_000;
    try {
      const log = new FakeLog([row("a", "1"), positions(1)], 0, (it) => it.records.push(row("a", "2"), positions(2)));
      await expect(stateOf(log)).rejects.toThrow("changelog-0 is written faster than it can be read");
    } finally {
      performance.now = now;
    }
  });

  it.each([
    ["a row without a key", { key: null as never, value: encodeText("1") }],
    ["a key that is not UTF-8", { key: Uint8Array.of(0xff), value: encodeText("1") }],
  ])("names the place of %s", async (_, bad) => {
    const log = new FakeLog([row("a", "1"), bad, positions(1)]);
    await expect(stateOf(log)).rejects.toThrow(/changelog-0 at offset 1: .*no changelog of this program/);
  });

  it("names the place of positions that cannot be read", async () => {
    const log = new FakeLog([row("a", "1"), { key: encodeText("positions"), value: encodeText("x") }]);
    await expect(stateOf(log)).rejects.toThrow(/changelog-0 at offset 1: .*no changelog of this program/);
  });
});

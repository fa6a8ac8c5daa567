/** Records and states on their way to a command: they arrive as they were, or not at all. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeRecords,
  decodeState,
  encodeRecords,
  encodeState,
  LiveBytesError,
  type LiveRow,
  StateOnce,
} from "../../../runtime/live/index.js";
import type { ConsumedRecord } from "../../../runtime/task/index.js";
import type { Positions } from "../../../schemas/index.js";

const bytes = fc.uint8Array({ maxLength: 40 });
const POSITIONS: Positions = {
  checkpoint: 9,
  positions: [{ topic: "t", partition: 2, offset: 77 }],
  counters: [{ name: "store.entries", count: 3 }],
};

const records = fc
  .array(
    fc.record({
      gap: fc.nat(3),
      timestamp: fc.integer({ min: -1, max: 2 ** 45 }),
      key: fc.option(bytes),
      value: fc.option(bytes),
      headers: fc.array(fc.record({ key: fc.string({ unit: "grapheme" }), value: fc.option(bytes) }), { maxLength: 3 }),
    }),
    { maxLength: 30 },
  )
  .map((all) => {
    let offset = 5;
    return all.map(({ gap, ...one }): ConsumedRecord => {
      offset += 1 + gap;
      return { topic: "t", partition: 2, offset, ...one };
    });
  });

function plain(record: ConsumedRecord): ConsumedRecord {
  const copy = (value: Uint8Array | null) => (value === null ? null : Uint8Array.from(value));
  const headers = record.headers.map(({ key, value }) => ({ key, value: copy(value) }));
  return { ...record, key: copy(record.key), value: copy(record.value), headers };
}

async function stateBytes(pages: readonly (readonly LiveRow[])[], positions: Positions | null): Promise<Buffer> {
  const state = new StateOnce(async function* () {
    yield* pages;
    return positions;
  });
  const chunks: Buffer[] = [];
  for await (const chunk of encodeState(state)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** In pieces of some size, as a network gives it. */
async function read(all: Buffer, pieceBytes: number) {
  const rows: [string, string | null][] = [];
  const reading = decodeState(
    (async function* () {
      for (let at = 0; at < all.length; at += pieceBytes) yield all.subarray(at, at + pieceBytes);
    })(),
  );
  for (;;) {
    const { done, value } = await reading.next();
    if (done) return { rows, positions: value };
    for (const { key, row } of value) rows.push([key, row === null ? null : Buffer.from(row).toString("hex")]);
  }
}

const PAGES: LiveRow[][] = [
  [
    { key: "a", row: Uint8Array.of(1, 2) },
    { key: "ü:b", row: null },
  ],
  [],
  [{ key: "c", row: new Uint8Array() }],
];

describe("records", () => {
  it("arrive as they were, with their offsets and the gaps between them", () => {
    fc.assert(
      fc.property(records, (sent) => {
        expect(decodeRecords("t", 2, encodeRecords(sent)).map(plain)).toEqual(sent.map(plain));
      }),
    );
  });

  it("that are cut off or damaged do not arrive", () => {
    const sent: ConsumedRecord[] = [1, 2, 9].map((offset) => ({
      topic: "t",
      partition: 2,
      offset,
      timestamp: 1,
      key: Uint8Array.of(1),
      value: Uint8Array.of(2),
      headers: [],
    }));
    const all = encodeRecords(sent);
    for (let end = 1; end < all.length; end++) {
      const found = () => decodeRecords("t", 2, all.subarray(0, end));
      // At the end of a batch nothing shows: the length of the whole answer is HTTP's to see to.
      if (end === encodeRecords(sent.slice(0, 2)).length) expect(found()).toHaveLength(2);
      else expect(found, `${end}`).toThrow(LiveBytesError);
    }
    const damaged = Buffer.from(all);
    damaged[70] = (damaged[70] ?? 0) ^ 1;
    expect(() => decodeRecords("t", 2, damaged)).toThrow(LiveBytesError);
  });
});

describe("a state", () => {
  it.each([1, 7, 61, 10_000])("arrives whole, in pieces of %i bytes", async (pieceBytes) => {
    const found = await read(await stateBytes(PAGES, POSITIONS), pieceBytes);
    expect(found.rows).toEqual([
      ["a", "0102"],
      ["ü:b", null],
      ["c", ""],
    ]);
    expect(found.positions).toEqual(POSITIONS);
  });

  it("of a task without a checkpoint has no positions", async () => {
    expect(await read(await stateBytes([], null), 10)).toEqual({ rows: [], positions: null });
  });

  it("that is cut off anywhere is an error", async () => {
    const all = await stateBytes(PAGES, POSITIONS);
    for (let end = 0; end < all.length; end++)
      await expect(read(all.subarray(0, end), 50), `${end}`).rejects.toThrow(LiveBytesError);
  });

  it("with any bit flipped behind its lengths is an error", async () => {
    const all = await stateBytes(PAGES, POSITIONS);
    for (let at = 21; at < 60; at++) {
      const damaged = Buffer.from(all);
      damaged[at] = (damaged[at] ?? 0) ^ 4;
      await expect(read(damaged, 1_000), `${at}`).rejects.toThrow(LiveBytesError);
    }
  });

  it("with a length that no batch has is an error at once", async () => {
    for (const length of [-1, 0, 2 ** 31 - 1]) {
      const bad = Buffer.alloc(12);
      bad.writeInt32BE(length, 8);
      await expect(read(bad, 12)).rejects.toThrow("there is no batch of");
    }
  });

  it("has rows larger than a batch", async () => {
    const row = new Uint8Array(3 * 1024 * 1024).fill(7);
    const pages = [[1, 2].map((one) => ({ key: `k${one}`, row }))];
    const { rows } = await read(await stateBytes(pages, POSITIONS), 65_536);
    expect(rows.map(([key, hex]) => [key, (hex?.length ?? 0) / 2])).toEqual([
      ["k1", row.length],
      ["k2", row.length],
    ]);
  });
});

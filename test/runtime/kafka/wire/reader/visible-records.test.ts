/** Which records of fetched batches are visible, shown with batches made by hand. */
import { describe, expect, it } from "vitest";
import type { AbortedTransaction } from "../../../../../runtime/kafka/wire/protocol/fetch.js";
import { visibleRecords } from "../../../../../runtime/kafka/wire/reader/visible-records.js";
import { data, emptied, marker } from "./support/hand-made-batches.js";

const [A, B, C] = [1001, 1002, 1003] as const;

function visible(batches: readonly Buffer[], aborted: readonly AbortedTransaction[] = [], fromOffset = 0) {
  return visibleRecords({ records: Buffer.concat(batches), aborted }, fromOffset);
}

function offsets(batches: readonly Buffer[], aborted: readonly AbortedTransaction[] = [], fromOffset = 0): number[] {
  return visible(batches, aborted, fromOffset).records.map(({ offset }) => offset);
}

describe("visible records", () => {
  it("K10 end the aborted transaction of the marker's producer, and no other", () => {
    const batches = [
      data(0, 1, { producerId: A }),
      data(2, 2, { producerId: B }),
      marker("abort", 3, B),
      data(4, 4, { producerId: A }),
      data(5, 5, { producerId: B }),
      marker("abort", 6, A),
      data(7, 7, { producerId: A }),
      marker("commit", 8, B),
    ];
    const aborted = [
      { producerId: A, firstOffset: 0 },
      { producerId: B, firstOffset: 2 },
    ];
    expect(offsets(batches, aborted)).toEqual([5, 7]);
  });

  it("K10 the same producer aborts twice within a page", () => {
    const batches = [
      data(0, 0, { producerId: A }),
      marker("abort", 1, A),
      data(2, 3, { producerId: A }),
      marker("commit", 4, A),
      data(5, 5, { producerId: A }),
      marker("abort", 6, A),
      data(7, 7, { producerId: A }),
    ];
    const aborted = [
      { producerId: A, firstOffset: 0 },
      { producerId: A, firstOffset: 5 },
    ];
    expect(offsets(batches, aborted)).toEqual([2, 3, 7]);
  });

  it("K10 the list of aborted transactions is in no order that counts", () => {
    const batches = [
      data(0, 0, { producerId: A }),
      data(1, 1, { producerId: B }),
      data(2, 2, { producerId: C }),
      marker("abort", 3, A),
      marker("abort", 4, C),
      data(5, 5, { producerId: C }),
      marker("abort", 6, B),
    ];
    const aborted = [
      { producerId: B, firstOffset: 1 },
      { producerId: C, firstOffset: 2 },
      { producerId: A, firstOffset: 0 },
    ];
    expect(offsets(batches, aborted)).toEqual([5]);
    expect(offsets(batches, aborted.toReversed())).toEqual([5]);
  });

  it("K10 a page that begins within aborted transactions knows them by where they began before", () => {
    const batches = [data(10, 12, { producerId: A }), data(13, 13, { producerId: B }), marker("abort", 14, B)];
    const aborted = [
      { producerId: B, firstOffset: 3 },
      { producerId: A, firstOffset: 4 },
    ];
    expect(offsets(batches, aborted, 11)).toEqual([]);
    expect(offsets([...batches, data(15, 15, { producerId: B })], aborted, 11)).toEqual([15]);
  });

  it("K10 what is aborted begins where the list says, and not before", () => {
    const batches = [data(0, 1, { producerId: A }), marker("commit", 2, A), data(3, 4, { producerId: A })];
    expect(offsets(batches, [{ producerId: A, firstOffset: 3 }])).toEqual([0, 1]);
  });

  it("K10 records of an aborting producer outside of transactions are visible, and keys like markers' are keys", () => {
    const key = Buffer.from([0, 0, 0, 0]);
    const batches = [data(0, 0, { producerId: A, key }), data(1, 1, { producerId: A, transactional: false, key })];
    expect(offsets([...batches, data(2, 2, { producerId: A, key })], [{ producerId: A, firstOffset: 0 }])).toEqual([1]);
  });

  it("K11 a marker that compaction has emptied still ends its transaction", () => {
    const batches = [
      emptied(data(0, 3, { producerId: A })),
      emptied(marker("abort", 4, A)),
      data(5, 5, { producerId: A }),
      marker("commit", 6, A),
    ];
    expect(offsets(batches, [{ producerId: A, firstOffset: 0 }])).toEqual([5]);
  });

  it("K11 batches without records, or none that is visible, are passed over", () => {
    expect(visible([emptied(data(5, 9, { producerId: A }))], [], 5)).toMatchObject({ records: [], nextOffset: 10 });
    expect(visible([marker("commit", 5, A)], [], 5)).toMatchObject({ records: [], nextOffset: 6 });
    expect(visible([emptied(marker("commit", 5, A))], [], 5)).toMatchObject({ records: [], nextOffset: 6 });
    const aborted = [{ producerId: A, firstOffset: 5 }];
    expect(visible([data(5, 9, { producerId: A })], aborted, 5)).toMatchObject({ records: [], nextOffset: 10 });
  });

  it("records before the offset asked for are left out", () => {
    expect(offsets([data(0, 4), data(5, 6)], [], 3)).toEqual([3, 4, 5, 6]);
  });

  it("a page ends before a batch that is cut off", () => {
    const whole = data(0, 2);
    const cut = data(3, 9).subarray(0, 80);
    expect(visible([whole, cut])).toMatchObject({ nextOffset: 3, unreadable: null, leaderEpoch: 7 });
    expect(visible([cut], [], 3)).toMatchObject({ records: [], nextOffset: 3, unreadable: null, leaderEpoch: -1 });
  });

  it("K13 a page ends before a batch whose checksum is wrong, and says so", () => {
    const damaged = Buffer.from(data(3, 4));
    const at = damaged.length - 1;
    damaged[at] = (damaged[at] as number) ^ 1;
    const page = visible([data(0, 2), damaged, data(5, 5)]);
    expect(page.records.map(({ offset }) => offset)).toEqual([0, 1, 2]);
    expect(page.nextOffset).toBe(3);
    expect(page.unreadable?.message).toMatch(/base offset 3.*checksum/);
  });
});

/** Which record a task takes next (architecture, "The task", step 0). */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type ConsumedRecord, InputOrder, type InputOrderSettings, sizeOfRecord } from "../../../runtime/task/index.js";
import { announce, SEED, setting } from "../../oracle/settings.js";
import { consumed, header, rawPosition } from "./records.js";

const RUNS = setting("RUNS", 500);
const A = "a-topic";
const B = "b-topic";

beforeAll(() => announce("input order", { RUNS }));

const noLag = () => false;
const allLag = () => true;

function order(settings: Partial<InputOrderSettings> = {}, topics: readonly string[] = [A, B]): InputOrder {
  return new InputOrder(topics, { maxTaskIdleMs: 0, maxBufferedBytes: 1_000_000, ...settings });
}

/** Where records lie, as "a-topic 3". */
function places(records: readonly ConsumedRecord[]): string[] {
  return records.map(({ topic, offset }) => `${topic} ${offset}`);
}

function takeAll(input: InputOrder): string[] {
  return places(input.take(Number.POSITIVE_INFINITY, 0, noLag));
}

describe("the next record", () => {
  it("is the one with the smallest timestamp, wherever it lies", () => {
    const input = order();
    input.add([consumed({ topic: A, offset: 0, timestamp: 10 }), consumed({ topic: A, offset: 1, timestamp: 30 })]);
    input.add([consumed({ topic: B, offset: 0, timestamp: 5 }), consumed({ topic: B, offset: 1, timestamp: 20 })]);
    expect(takeAll(input)).toEqual([`${B} 0`, `${A} 0`, `${B} 1`, `${A} 1`]);
  });

  it("is the first of its partition, also when a later one is older", () => {
    const input = order();
    input.add([consumed({ topic: A, offset: 0, timestamp: 30 }), consumed({ topic: A, offset: 1, timestamp: 1 })]);
    input.add([consumed({ topic: B, offset: 0, timestamp: 20 })]);
    expect(takeAll(input)).toEqual([`${B} 0`, `${A} 0`, `${A} 1`]);
  });

  it("is of those at one time the one whose raw event came first", () => {
    const input = order();
    input.add([consumed({ topic: A, offset: 0, headers: rawPosition("3:9") })]);
    input.add([consumed({ topic: B, offset: 7, headers: rawPosition("3:8") })]);
    expect(takeAll(input)).toEqual([`${B} 7`, `${A} 0`]);
  });

  it("compares raw positions as numbers, the partition first", () => {
    const byOffset = order();
    byOffset.add([consumed({ topic: A, offset: 0, headers: rawPosition("3:10") })]);
    byOffset.add([consumed({ topic: B, offset: 0, headers: rawPosition("3:9") })]);
    expect(takeAll(byOffset)).toEqual([`${B} 0`, `${A} 0`]);
    const byPartition = order();
    byPartition.add([consumed({ topic: A, offset: 0, headers: rawPosition("10:1") })]);
    byPartition.add([consumed({ topic: B, offset: 0, headers: rawPosition("9:2") })]);
    expect(takeAll(byPartition)).toEqual([`${B} 0`, `${A} 0`]);
  });

  it("is the timestamp's choice before it is the raw position's", () => {
    const input = order();
    input.add([consumed({ topic: A, offset: 0, timestamp: 2, headers: rawPosition("0:1") })]);
    input.add([consumed({ topic: B, offset: 0, timestamp: 1, headers: rawPosition("0:2") })]);
    expect(takeAll(input)).toEqual([`${B} 0`, `${A} 0`]);
  });

  it.each([
    ["without a raw position", []],
    ["with a raw position of nothing", [header("raw-position", null)]],
    ["with a raw position that is none", rawPosition("3:-1")],
    ["with a raw position and more", rawPosition("0:0:0")],
    ["with a raw position that is no safe number", rawPosition("0:99999999999999999")],
  ])("%s is ordered by its own place", (_, headers) => {
    const input = order();
    input.add([consumed({ topic: A, partition: 3, offset: 5, headers })]);
    input.add([4, 6].map((offset) => consumed({ topic: B, offset: offset * 10, headers: rawPosition(`3:${offset}`) })));
    expect(takeAll(input)).toEqual([`${B} 40`, `${A} 5`, `${B} 60`]);
  });

  it.each([[[A, B]], [[B, A]]])(
    "is of equals that of the topic whose name comes first, with the topics given as %s",
    (topics) => {
      const input = order({}, topics);
      input.add([consumed({ topic: B, offset: 1, headers: rawPosition("0:0") })]);
      input.add([consumed({ topic: A, offset: 2, headers: rawPosition("0:0") })]);
      expect(takeAll(input)).toEqual([`${A} 2`, `${B} 1`]);
    },
  );
});

describe("taking", () => {
  it("gives the very records that were added, each once", () => {
    const input = order();
    const record = consumed({ topic: A, offset: 0 });
    input.add([record]);
    expect(input.take(10, 0, noLag)[0]).toBe(record);
    expect(input.take(10, 0, noLag)).toEqual([]);
  });

  it("gives at most as many as asked for, and the rest later", () => {
    const input = order();
    input.add([0, 1, 2, 3, 4].map((offset) => consumed({ topic: A, offset })));
    expect(input.take(0, 0, noLag)).toEqual([]);
    expect(places(input.take(2, 0, noLag))).toEqual([`${A} 0`, `${A} 1`]);
    expect(takeAll(input)).toEqual([`${A} 2`, `${A} 3`, `${A} 4`]);
  });

  it("refuses a topic that is no source, by name", () => {
    const input = order();
    expect(() => input.add([consumed({ topic: "other", offset: 0 })])).toThrow('topic "other" is no source');
    expect(() => input.isFull("other")).toThrow('topic "other" is no source');
  });
});

describe("a partition with nothing buffered", () => {
  const lagOf = (topic: string) => (asked: string) => asked === topic;

  function oneBuffered(): InputOrder {
    const input = order({ maxTaskIdleMs: 100 });
    input.add([0, 1].map((offset) => consumed({ topic: A, offset, timestamp: 50 })));
    return input;
  }

  it("is not waited for when it has no lag", () => {
    expect(places(oneBuffered().take(10, 0, noLag))).toEqual([`${A} 0`, `${A} 1`]);
  });

  it("is waited for when it has lag, for as long as was set and no longer", () => {
    const input = oneBuffered();
    expect(input.take(10, 1_000, lagOf(B))).toEqual([]);
    expect(input.take(10, 1_099, lagOf(B))).toEqual([]);
    expect(places(input.take(10, 1_100, lagOf(B)))).toEqual([`${A} 0`, `${A} 1`]);
  });

  it("goes first when its older record comes in time", () => {
    const input = oneBuffered();
    expect(input.take(10, 0, lagOf(B))).toEqual([]);
    input.add([consumed({ topic: B, offset: 0, timestamp: 10 })]);
    expect(places(input.take(1, 50, lagOf(B)))).toEqual([`${B} 0`]);
  });

  it("is waited for anew once there was something to take from each", () => {
    const input = oneBuffered();
    expect(input.take(10, 0, lagOf(B))).toEqual([]);
    input.add([consumed({ topic: B, offset: 0, timestamp: 10 })]);
    expect(places(input.take(10, 60, lagOf(B)))).toEqual([`${B} 0`]);
    expect(input.take(10, 159, lagOf(B))).toEqual([]);
    expect(places(input.take(10, 160, lagOf(B)))).toEqual([`${A} 0`, `${A} 1`]);
  });

  it("is not waited for any more once its lag is gone", () => {
    const input = oneBuffered();
    expect(input.take(10, 0, lagOf(B))).toEqual([]);
    expect(places(input.take(10, 1, noLag))).toEqual([`${A} 0`, `${A} 1`]);
  });

  it("ends a batch when it runs empty and has lag", () => {
    const input = order({ maxTaskIdleMs: 100 });
    input.add([1, 3].map((timestamp, offset) => consumed({ topic: A, offset, timestamp })));
    input.add([consumed({ topic: B, offset: 0, timestamp: 2 })]);
    expect(places(input.take(10, 0, allLag))).toEqual([`${A} 0`, `${B} 0`]);
  });

  it("is never waited for when the time to wait is zero", () => {
    const input = order({ maxTaskIdleMs: 0 });
    input.add([consumed({ topic: A, offset: 0 })]);
    expect(places(input.take(10, 0, allLag))).toEqual([`${A} 0`]);
  });
});

describe("a buffer", () => {
  const sizeBytes = sizeOfRecord(consumed({ topic: A, offset: 0 }));

  it("is full from its bound on, and not after something was taken", () => {
    const input = order({ maxBufferedBytes: 2 * sizeBytes });
    input.add([consumed({ topic: A, offset: 0 })]);
    expect(input.isFull(A)).toBe(false);
    input.add([consumed({ topic: A, offset: 1 })]);
    expect(input.isFull(A)).toBe(true);
    input.take(1, 0, noLag);
    expect(input.isFull(A)).toBe(false);
  });

  it("has a bound of its own", () => {
    const input = order({ maxBufferedBytes: sizeBytes });
    input.add([consumed({ topic: A, offset: 0 })]);
    expect([input.isFull(A), input.isFull(B)]).toEqual([true, false]);
  });

  it("counts keys, values and headers, and something for a record without any", () => {
    const empty = { key: null, value: null, headers: [] };
    expect(sizeOfRecord(empty)).toBeGreaterThan(0);
    const added = (record: Parameters<typeof sizeOfRecord>[0]) => sizeOfRecord(record) - sizeOfRecord(empty);
    expect(added({ ...empty, key: new Uint8Array(10) })).toBe(10);
    expect(added({ ...empty, value: new Uint8Array(100) })).toBe(100);
    expect(added({ ...empty, headers: [header("name", "value"), header("none", null)] })).toBe(13);
  });
});

describe("in random use", () => {
  /** Timestamps and raw positions collide often. */
  const recordFields = fc.record({
    topic: fc.constantFrom(A, B),
    timestamp: fc.nat(3),
    raw: fc.option(fc.tuple(fc.nat(1), fc.nat(3)), { freq: 4 }),
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), records: fc.array(recordFields, { maxLength: 5 }) }),
    fc.record({
      kind: fc.constant("take" as const),
      maxRecords: fc.nat(6),
      passedMs: fc.nat(7),
      lags: fc.subarray([A, B]),
    }),
  );

  it("takes what a naive model takes", { timeout: 60_000 + RUNS * 5 }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(0, 5, 10), (steps, maxTaskIdleMs) => {
        const maxBufferedBytes = 300;
        const input = order({ maxTaskIdleMs, maxBufferedBytes });
        const model = new NaiveOrder(maxTaskIdleMs);
        let nowMs = 0;
        let added = 0;
        for (const drawn of steps) {
          if (drawn.kind === "add") {
            const records = drawn.records.map(({ topic, timestamp, raw }) =>
              consumed({
                topic,
                offset: added++,
                timestamp,
                headers: raw === null ? [] : rawPosition(`${raw[0]}:${raw[1]}`),
              }),
            );
            input.add(records);
            model.records.push(...records);
          } else {
            nowMs += drawn.passedMs;
            const hasLag = (topic: string) => drawn.lags.includes(topic);
            const taken = input.take(drawn.maxRecords, nowMs, hasLag);
            expect(places(taken)).toEqual(places(model.take(drawn.maxRecords, nowMs, hasLag)));
          }
          for (const topic of [A, B]) expect(input.isFull(topic)).toBe(model.sizeOf(topic) >= maxBufferedBytes);
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

/** One list; every question is answered by looking at all of it. */
class NaiveOrder {
  records: ConsumedRecord[] = [];
  private waitingSinceMs: number | null = null;

  constructor(private readonly maxTaskIdleMs: number) {}

  sizeOf(topic: string): number {
    return this.of(topic).reduce((sum, record) => sum + sizeOfRecord(record), 0);
  }

  take(maxRecords: number, nowMs: number, hasLag: (topic: string) => boolean): ConsumedRecord[] {
    const taken: ConsumedRecord[] = [];
    while (taken.length < maxRecords) {
      const waits = [A, B].some((topic) => this.of(topic).length === 0 && hasLag(topic));
      this.waitingSinceMs = waits ? (this.waitingSinceMs ?? nowMs) : null;
      if (this.waitingSinceMs !== null && nowMs - this.waitingSinceMs < this.maxTaskIdleMs) break;
      const [first] = [A, B].flatMap((topic) => this.of(topic).slice(0, 1)).sort(byPlace);
      if (first === undefined) break;
      this.records = this.records.filter((record) => record !== first);
      taken.push(first);
    }
    return taken;
  }

  private of(topic: string): ConsumedRecord[] {
    return this.records.filter((record) => record.topic === topic);
  }
}

function byPlace(left: ConsumedRecord, right: ConsumedRecord): number {
  const [leftPlace, rightPlace] = [placeOf(left), placeOf(right)];
  const at = leftPlace.findIndex((part, index) => part !== rightPlace[index]);
  if (at === -1) return left.topic < right.topic ? -1 : 1;
  return (leftPlace[at] ?? 0) - (rightPlace[at] ?? 0);
}

function placeOf({ timestamp, partition, offset, headers }: ConsumedRecord): readonly number[] {
  const raw = headers[0]?.value ?? null;
  return [timestamp, ...(raw === null ? [partition, offset] : new TextDecoder().decode(raw).split(":").map(Number))];
}

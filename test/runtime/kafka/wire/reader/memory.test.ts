/** How much a reader holds: never more than it may and one batch, and not because of partitions that are paused. */

import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Reader, type TopicPartition } from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka, until } from "../../../../support/kafka/index.js";
import { record } from "./support/records.js";
import { placesOf, TestBed } from "./support/test-bed.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const PARTITIONS = 6;
const BATCHES = 40;
const BATCH_BYTES = 50_000;
const LARGEST_BATCH_BYTES = 51_000;

describeWithKafka("the memory of a reader", { kafka: "shared" }, (servers) => {
  let bed: TestBed;
  let places: TopicPartition[];
  beforeAll(async () => {
    bed = await TestBed.open(servers.kafka.bootstrap);
    places = placesOf(await bed.topic(PARTITIONS), PARTITIONS);
    const producer = bed.plain();
    await Promise.all(
      places.map(async (place) => {
        for (let batch = 0; batch < BATCHES; batch++)
          await producer.write(place, [record({ value: Buffer.alloc(BATCH_BYTES, batch) })]);
      }),
    );
  });
  afterAll(() => bed?.close());

  it("K14 is bounded while its caller is slow", async () => {
    const maxBufferedBytes = 256 * 1024;
    const reader = new Reader(bed.cluster, { isolation: "read_committed", maxBufferedBytes, maxPageBytes: 64 * 1024 });
    for (const place of places) reader.assign(place, 0);
    let most = 0;
    let records = 0;
    while (records < PARTITIONS * BATCHES) {
      // Time enough for everything that will be fetched without the caller.
      for (let turns = 0; turns < 20; turns++) {
        most = Math.max(most, reader.bufferedBytes);
        await turn();
      }
      records += (await reader.next(AbortSignal.timeout(10_000))).records.length;
    }
    await reader.close();
    expect(records).toBe(PARTITIONS * BATCHES);
    expect(most).toBeLessThanOrEqual(maxBufferedBytes + LARGEST_BATCH_BYTES);
  });

  it("is not used up by what paused partitions have fetched", async () => {
    const reader = new Reader(bed.cluster, {
      isolation: "read_committed",
      maxBufferedBytes: 128 * 1024,
      maxPageBytes: 64 * 1024,
      maxWaitMs: 20,
    });
    const [last, ...paused] = places.toReversed();
    if (last === undefined) throw new Error("there are partitions");
    for (const place of paused) reader.assign(place, 0);
    await reader.next();
    while (reader.bufferedBytes < 100_000) await turn();
    for (const place of paused) reader.pause(place);
    reader.assign(last, 0);
    for (let position = 0; position < BATCHES; ) {
      const page = await reader.next(AbortSignal.timeout(5_000));
      expect(page.partition).toBe(last.partition);
      position = page.nextOffset;
    }
    for (const place of paused) reader.resume(place);
    const positions = new Map(paused.map(({ partition }) => [partition, 0]));
    const unfinished = () => [...positions.values()].some((position) => position < BATCHES);
    while (unfinished()) {
      const { partition, fromOffset, nextOffset } = await reader.next(AbortSignal.timeout(5_000));
      // Of one of them a page was taken before.
      expect([positions.get(partition), 1]).toContain(fromOffset);
      positions.set(partition, nextOffset);
    }
    await reader.close();
  });

  it("is given back when partitions are given up", async () => {
    const reader = new Reader(bed.cluster, { isolation: "read_committed", maxPageBytes: 64 * 1024, maxWaitMs: 20 });
    for (const place of places) reader.assign(place, 0);
    await reader.next();
    expect(await until(() => reader.bufferedBytes > 0, 5_000)).toBe(true);
    for (const place of places) reader.unassign(place);
    expect(await until(() => reader.bufferedBytes === 0, 5_000)).toBe(true);
    await reader.close();
  });

  it("does not grow with calls that were given up", async () => {
    const reader = new Reader(bed.cluster, { isolation: "read_committed", maxWaitMs: 5_000 });
    reader.assign(placesOf(await bed.topic(), 1)[0] as TopicPartition, 0);
    const before = await heapAfter(reader, 1_000);
    const after = await heapAfter(reader, 30_000);
    await reader.close();
    expect(after - before).toBeLessThan(4 * 1024 * 1024);
  });
});

async function heapAfter(reader: Reader, calls: number): Promise<number> {
  for (let call = 0; call < calls; call++) {
    const givenUp = new AbortController();
    const taken = reader.next(givenUp.signal).catch(() => null);
    givenUp.abort();
    await taken;
  }
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

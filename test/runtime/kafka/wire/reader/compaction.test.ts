/** Compacted logs: batches that are gone, emptied, or full of gaps, read as librdkafka reads them. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TopicPartition } from "../../../../../runtime/kafka/wire/index.js";
import type { BatchHeader, BatchRecord } from "../../../../../runtime/records/index.js";
import { describeWithKafka } from "../../../../support/kafka/index.js";
import { COMPACTED, Compactor } from "./support/compaction.js";
import type { RawProducer } from "./support/raw-producer.js";
import { record } from "./support/records.js";
import { TestBed } from "./support/test-bed.js";

const emptyData = ({ control, count }: BatchHeader) => !control && count === 0;
const emptyMarker = ({ control, count }: BatchHeader) => control && count === 0;
const marker = ({ control, count }: BatchHeader) => control && count > 0;

const of = (keys: string, value: string | null): BatchRecord[] => [...keys].map((key) => record({ key, value }));

describeWithKafka("reading what was compacted", { kafka: "shared", independentClient: true }, (servers) => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await TestBed.open(servers.kafka.bootstrap);
  });
  afterAll(() => bed?.close());

  async function compacted(): Promise<{ topic: string; place: TopicPartition; compactor: Compactor }> {
    const topic = await bed.topic(1, COMPACTED);
    const place = { topic, partition: 0 };
    return { topic, place, compactor: new Compactor(bed.cluster, place) };
  }

  const expectSame = (topic: string) => bed.expectSameFromEverywhere(servers.independentClient, topic);

  it.concurrent("K11 the last batches of idempotent producers, emptied and kept", async () => {
    const { topic, place, compactor } = await compacted();
    const producers = await Promise.all(Array.from({ length: 4 }, () => bed.idempotent()));
    for (const producer of producers) await producer.write(place, of("abcd", "1"));
    await bed.plain().write(place, of("ab", "2"));
    for (const producer of producers) await producer.write(place, of("abc", "3"));
    await bed.plain().write(place, of("abcd", "4"));
    await compactor.compact();
    const left = await compactor.batches();
    expect(left.filter(emptyData).length).toBeGreaterThanOrEqual(4);
    const { read_committed } = await expectSame(topic);
    expect(read_committed.filter(({ key }) => key?.length === 2).map(({ value }) => value)).toEqual(
      Array(4).fill("34"),
    );
  });

  it.concurrent("K11 transactions whose records are gone, with markers in the same and in the next segment", async () => {
    const { topic, place, compactor } = await compacted();
    const [same, next, aborting] = await Promise.all([bed.transactional(), bed.transactional(), bed.transactional()]);
    await same.write(place, of("abc", "1"));
    await same.commit();
    await next.write(place, of("abc", "2"));
    await aborting.write(place, of("abz", "aborted"));
    await compactor.roll();
    await next.commit();
    await aborting.abort();
    await bed.plain().write(place, of("abc", "3"));
    await compactor.compact();
    const once = await compactor.batches();
    expect(once.filter(marker)).toHaveLength(3);
    expect(once.filter(emptyData)).toHaveLength(3);
    await expectSame(topic);
    // What keeps the emptied batches, and with them the markers, is that they are their producers' last.
    for (const producer of [same, next, aborting]) await producer.write(place, of("abc", "4"));
    await Promise.all([same.abort(), next.commit(), aborting.commit()]);
    // Their batches go first, and are no longer seen when the markers are marked for deletion.
    await compactor.compact();
    await compactor.compactTwice();
    expect((await compactor.batches()).filter(marker)).toHaveLength(3);
    await expectSame(topic);
  });

  it.concurrent("K11 a marker that is its producer's last batch, emptied and kept", async () => {
    const { topic, place, compactor } = await compacted();
    const producers = await Promise.all([bed.transactional(), bed.transactional()]);
    await bed.plain().write(place, of("abc", "1"));
    for (const producer of producers) await producer.join(place);
    await producers[0]?.abort();
    await producers[1]?.commit();
    await compactor.compactTwice();
    expect((await compactor.batches()).filter(emptyMarker)).toHaveLength(2);
    for (const producer of producers) await producer.write(place, of("abc", "2"));
    await producers[1]?.abort();
    await producers[0]?.commit();
    const { read_committed } = await expectSame(topic);
    expect(read_committed.filter(({ key, value }) => key?.length === 2 && value === "32")).toHaveLength(3);
  });

  it.concurrent("K10 K11 aborted and committed transactions of the same producers, compacted between them", async () => {
    const { topic, place, compactor } = await compacted();
    const [a, b] = await Promise.all([bed.transactional(), bed.transactional()]);
    const round = async (value: string, ends: readonly [RawProducer, boolean][]) => {
      await a.write(place, of("abcd", value));
      await b.write(place, of("cdef", value));
      await a.write(place, of("gh", value));
      for (const [producer, commit] of ends) await (commit ? producer.commit() : producer.abort());
    };
    await round("1", [
      [b, false],
      [a, true],
    ]);
    await compactor.compact();
    await round("2", [
      [a, false],
      [b, true],
    ]);
    await round("3", [
      [b, false],
      [a, false],
    ]);
    await compactor.compactTwice();
    await expectSame(topic);
    await round("4", [
      [a, true],
      [b, false],
    ]);
    const { read_committed } = await expectSame(topic);
    expect(read_committed.some(({ value }) => value === "34")).toBe(true);
    await compactor.compactTwice();
    const after = await expectSame(topic);
    expect(after.read_uncommitted.filter(({ value }) => value === "33")).toEqual([]);
  });

  it.concurrent("tombstones that are still there, and tombstones that are gone", async () => {
    const { topic, place, compactor } = await compacted();
    await bed.plain().write(place, of("abcdef", "1"));
    await bed.plain().write(place, of("ace", null));
    await compactor.compact();
    const { read_committed: with_tombstones } = await expectSame(topic);
    expect(with_tombstones.filter(({ value }) => value === null)).toHaveLength(3);
    await compactor.compactTwice();
    const { read_committed: without } = await expectSame(topic);
    expect(without.filter(({ value }) => value === null)).toHaveLength(0);
  });
});

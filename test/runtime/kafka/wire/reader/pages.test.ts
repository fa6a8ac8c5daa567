/** Many partitions in small pages: each record once and in order, nobody left out, whatever is paused or assigned meanwhile. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Reader, type TopicPartition } from "../../../../../runtime/kafka/wire/index.js";
import { announce, randomNumbers, SEED } from "../../../../oracle/settings.js";
import { describeWithKafka } from "../../../../support/kafka/index.js";
import { type PlainRecord, plainStored } from "./support/plain-record.js";
import { endsOf, nameOf, PartitionProgress, readToEnd } from "./support/read-to-end.js";
import { record } from "./support/records.js";
import { ISOLATIONS, placesOf, TestBed } from "./support/test-bed.js";

const SMALL = { maxPageBytes: 1_024, maxFetchBytes: 64 * 1_024, maxBufferedBytes: 96 * 1_024 };

describeWithKafka("reading many partitions", { kafka: "shared", independentClient: true }, (servers) => {
  let bed: TestBed;
  let topics: string[];
  let places: TopicPartition[];
  let stored: Record<(typeof ISOLATIONS)[number], PlainRecord[]>;

  beforeAll(async () => {
    bed = await TestBed.open(servers.kafka.bootstrap);
    topics = await Promise.all([1, 3, 8, 12].map((partitions) => bed.topic(partitions)));
    places = topics.flatMap((topic, index) => placesOf(topic, [1, 3, 8, 12][index] ?? 0));
    const producer = await bed.transactional();
    let size = 10;
    for (const round of [0, 1, 2, 3, 4, 5]) {
      await Promise.all(
        places.map(async (place) => {
          for (let batch = 0; batch < 3; batch++) {
            size = (size * 7 + 13) % 5_003;
            const sized = [
              record({ key: `${round}`, value: "x".repeat(size) }),
              record({ value: `${round} ${batch}` }),
            ];
            if (place.partition % 2 === 0) await producer.write(place, sized);
            else await bed.plain().write(place, sized);
          }
        }),
      );
      await (round % 2 === 0 ? producer.abort() : producer.commit());
    }
    const read = async (isolation: (typeof ISOLATIONS)[number]) => {
      const all = await Promise.all(topics.map((topic) => servers.independentClient.read({ topic, isolation })));
      return all.flat().map(plainStored);
    };
    stored = { read_committed: await read("read_committed"), read_uncommitted: await read("read_uncommitted") };
  });
  afterAll(() => bed?.close());

  it("pages, fetches and buffers that are smaller than what is there", async () => {
    for (const isolation of ISOLATIONS) {
      for (const settings of [SMALL, { ...SMALL, maxFetchBytes: 2_000 }, { maxBufferedBytes: 1 }, {}]) {
        const starts = places.map((place) => ({ ...place, offset: 0 }));
        const ours = await readToEnd(bed.cluster, starts, isolation, settings);
        expect(ours).toEqual(stored[isolation]);
      }
    }
  });

  it("partitions are paused, resumed, given up and assigned anew while they are fetched", async () => {
    announce("moves of a reader", {});
    const random = randomNumbers(SEED);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    for (const isolation of ISOLATIONS) {
      const reader = new Reader(bed.cluster, { isolation, ...SMALL, maxWaitMs: 20 });
      const ends = await endsOf(bed.cluster, places, isolation);
      const progress = new Map(
        places.map((place, index) => [nameOf(place), new PartitionProgress(0, ends[index] ?? 0)]),
      );
      const paused = new Set<string>();
      const away = new Set<string>();
      const begin = (place: TopicPartition, offset: number) => {
        const name = nameOf(place);
        const one = new PartitionProgress(offset, progress.get(name)?.end ?? 0);
        one.records.push(...(progress.get(name)?.records ?? []).filter((before) => before.offset < offset));
        progress.set(name, one);
        reader.assign(place, offset);
        paused.delete(name);
        away.delete(name);
      };
      const move = () => {
        const place = pick(places);
        const name = nameOf(place);
        const { position } = progress.get(name) ?? { position: 0 };
        if (away.has(name)) return begin(place, position);
        const kind = pick(["pause", "pause", "resume", "resume", "unassign", "again", "back"] as const);
        if (kind === "pause") {
          reader.pause(place);
          paused.add(name);
        } else if (kind === "resume") {
          reader.resume(place);
          paused.delete(name);
        } else if (kind === "unassign") {
          reader.unassign(place);
          away.add(name);
          paused.delete(name);
        } else begin(place, kind === "again" ? position : Math.floor(random() * position));
      };
      for (const place of places) begin(place, 0);
      const done = () => [...progress.values()].every((one) => one.done);
      for (let pages = 0; !done(); pages++) {
        // In the end all of them are read, for good.
        if (pages < 2_000) for (let moves = random() * 3; moves >= 1; moves--) move();
        const idle = pages >= 2_000 || places.every((place) => paused.has(nameOf(place)) || away.has(nameOf(place)));
        if (idle) {
          for (const place of places) {
            if (paused.delete(nameOf(place))) reader.resume(place);
            if (away.has(nameOf(place))) begin(place, progress.get(nameOf(place))?.position ?? 0);
          }
        }
        const page = await reader.next(AbortSignal.timeout(200)).catch(() => null);
        if (page === null) {
          // What is left is paused or away.
          pages = 2_000;
          continue;
        }
        expect(paused.has(nameOf(page)) || away.has(nameOf(page))).toBe(false);
        progress.get(nameOf(page))?.add(page);
        if (random() < 0.2) await new Promise(setImmediate);
      }
      await reader.close();
      expect(places.flatMap((place) => progress.get(nameOf(place))?.records ?? [])).toEqual(stored[isolation]);
    }
  });

  it("a partition of large batches has its turn while others always have something", async () => {
    const busy = await bed.topic(8, {}, "a");
    const [before, large] = await Promise.all([bed.topic(1, {}, "Z"), bed.topic(1, {}, "z")]);
    const producer = bed.plain();
    for (const place of placesOf(busy, 8)) await producer.write(place, [record({ value: "first" })]);
    const filler = [record({ value: "x".repeat(8_000) })];
    await Promise.all(
      placesOf(busy, 8).flatMap((place) => Array.from({ length: 60 }, () => producer.write(place, filler))),
    );
    for (const topic of [before, large])
      for (let batch = 0; batch < 5; batch++)
        await producer.write({ topic, partition: 0 }, [record({ value: `${batch}`.repeat(40_000) })]);
    const reader = new Reader(bed.cluster, {
      isolation: "read_committed",
      maxPageBytes: 9_000,
      maxFetchBytes: 64 * 1_024,
      maxWaitMs: 20,
    });
    for (const place of [...placesOf(busy, 8), { topic: before, partition: 0 }, { topic: large, partition: 0 }])
      reader.assign(place, 0);
    const taken = { busy: 0, large: 0 };
    while (taken.large < 10)
      taken[(await reader.next(AbortSignal.timeout(10_000))).topic === busy ? "busy" : "large"]++;
    await reader.close();
    // A turn for one of the ten partitions means at most one for each of the others.
    expect(taken.busy).toBeLessThan(200);
  });
});

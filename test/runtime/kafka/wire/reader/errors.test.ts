/** What a reader says when a partition cannot be read on: an error with a name, for that partition only. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  AuthenticationError,
  Cluster,
  type Isolation,
  OffsetOutOfRangeError,
  type Page,
  PartitionError,
  ProtocolError,
  Reader,
  type ReaderOptions,
  type TopicPartition,
  TopicRecreatedError,
  UnreadableBatchError,
} from "../../../../../runtime/kafka/wire/index.js";
import {
  CorruptBatchError,
  gzip,
  lz4,
  UnsupportedCompressionError,
  zstd,
} from "../../../../../runtime/records/index.js";
import { describeWithKafka, type Kafka, type RuleHandle, uniqueTopic, until } from "../../../../support/kafka/index.js";
import { values } from "./support/records.js";
import { placesOf, TestBed } from "./support/test-bed.js";

describeWithKafka("errors of a partition", { kafka: "own" }, (servers) => {
  let kafka: Kafka;
  let bed: TestBed;
  let behindProxy: Cluster;
  const rules: RuleHandle[] = [];
  const readers: Reader[] = [];

  beforeAll(async () => {
    kafka = await servers.startOwnKafka({ brokers: 1, proxied: true });
    bed = await TestBed.open(kafka.bootstrap);
    behindProxy = new Cluster({ brokers: [kafka.proxiedBootstrap], clientId: "reader-tests" });
  });
  afterAll(async () => {
    await Promise.all([bed?.close(), behindProxy?.close()]);
  });
  afterEach(async () => {
    for (const rule of rules.splice(0)) rule.remove();
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
  });

  function reader(options: Partial<ReaderOptions> = {}): Reader {
    const one = new Reader(behindProxy, { isolation: "read_committed", maxWaitMs: 50, ...options });
    readers.push(one);
    return one;
  }

  /** A topic of so many partitions, ten batches in each. */
  async function filled(partitions = 1): Promise<TopicPartition[]> {
    const places = placesOf(await bed.topic(partitions), partitions);
    for (const place of places)
      for (let batch = 0; batch < 10; batch++) await bed.plain().write(place, values(`v${batch}`));
    return places;
  }

  const take = (from: Reader): Promise<Page> => from.next(AbortSignal.timeout(20_000));
  const fault = (from: Reader): Promise<unknown> =>
    take(from).then(
      (page) => Promise.reject(new Error(`a page from ${page.fromOffset} to ${page.nextOffset} instead of an error`)),
      (error: unknown) => error,
    );

  it("K12 an offset before the first one or beyond the end is an error that names both, and the others go on", async () => {
    const [early, late, good] = await filled(3);
    if (early === undefined || late === undefined || good === undefined) throw new Error("three partitions");
    await bed.deleteRecords(early, 4);
    await bed.deleteRecords(good, 2);
    for (const isolation of ["read_committed", "read_uncommitted"] satisfies Isolation[]) {
      const one = reader({ isolation });
      one.assign(early, 3);
      one.assign(late, 11);
      const errors = [await fault(one), await fault(one)].toSorted((a, b) =>
        String(a).localeCompare(String(b)),
      ) as OffsetOutOfRangeError[];
      expect(errors.every((error) => error instanceof OffsetOutOfRangeError)).toBe(true);
      expect(
        errors.map(({ partition, offset, logStartOffset, endOffset }) => [
          partition,
          offset,
          logStartOffset,
          endOffset,
        ]),
      ).toEqual([
        [0, 3, 4, 10],
        [1, 11, 0, 10],
      ]);
      expect(errors[0]?.message).toContain(`${early.topic}-0 at offset 3: the records up to 4 are gone`);
      expect(errors[1]?.message).toContain(`${late.topic}-1 at offset 11: the log ends at 10`);
      one.assign(good, 2);
      expect(await take(one)).toMatchObject({ ...good, fromOffset: 2, nextOffset: 10, logStartOffset: 2 });
      // The caller decides where to go on.
      one.assign(early, 4);
      expect(await take(one)).toMatchObject({ ...early, fromOffset: 4 });
    }
  });

  it("K12 the end itself is no error: what is written next is read", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    const one = reader();
    one.assign(place, 10);
    const next = take(one);
    await bed.plain().write(place, values("next"));
    expect(await next).toMatchObject({ fromOffset: 10, nextOffset: 11 });
  });

  it("K12 a topic that was deleted and made again is not read on", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    const one = reader();
    one.assign(place, 0);
    expect(await take(one)).toMatchObject({ nextOffset: 10 });
    await bed.admin.deleteTopics({ topics: [place.topic] });
    await bed.admin.createTopics({ waitForLeaders: false, topics: [{ topic: place.topic, numPartitions: 1 }] });
    await bed.plain().write(place, values(...Array.from({ length: 20 }, () => "another")));
    const error = await fault(one);
    expect(error).toBeInstanceOf(TopicRecreatedError);
    expect(error).toMatchObject({
      ...place,
      offset: 10,
      message: expect.stringMatching(/id \w+ is gone; its name now belongs/),
    });
    one.assign(place, 0);
    expect(await take(one)).toMatchObject({ fromOffset: 0, nextOffset: 20 });
  });

  it("a topic or partition that is not there, or was deleted, is an error after a while", async () => {
    const [deleted, good] = [...(await filled()), ...(await filled())];
    if (deleted === undefined || good === undefined) throw new Error("two partitions");
    const one = reader({ unknownTopicTimeoutMs: 1500 });
    one.assign(deleted, 0);
    expect(await take(one)).toMatchObject(deleted);
    await bed.admin.deleteTopics({ topics: [deleted.topic] });
    const missing = { topic: uniqueTopic("missing"), partition: 0 };
    const beyond = { ...good, partition: 7 };
    one.assign(missing, 5);
    one.assign(beyond, 6);
    one.assign(good, 0);
    expect(await take(one)).toMatchObject(good);
    const errors = new Map<string, PartitionError>();
    for (let time = 0; time < 3; time++) {
      const error = await fault(one);
      if (!(error instanceof PartitionError)) throw error;
      errors.set(`${error.topic}-${error.partition}`, error);
    }
    expect(errors.get(`${deleted.topic}-0`)).toBeInstanceOf(TopicRecreatedError);
    expect(errors.get(`${missing.topic}-0`)?.message).toMatch(/at offset 5:.*UNKNOWN_TOPIC_OR_PARTITION/);
    expect(errors.get(`${good.topic}-7`)?.message).toMatch(/at offset 6:.*UNKNOWN_TOPIC_OR_PARTITION/);
    await bed.plain().write(good, values("still read"));
    expect(await take(one)).toMatchObject({ fromOffset: 10, nextOffset: 11 });
  });

  it("what the broker refuses for good is an error of its partition", async () => {
    const [good] = await filled();
    if (good === undefined) throw new Error("a partition");
    const one = reader();
    one.assign({ topic: "no such name!", partition: 0 }, 5);
    const error = await fault(one);
    expect(error).toBeInstanceOf(PartitionError);
    expect(error).toMatchObject({ topic: "no such name!", message: expect.stringMatching(/INVALID_TOPIC_EXCEPTION/) });
    one.assign(good, 3);
    expect(await take(one)).toMatchObject({ ...good, fromOffset: 3 });
  });

  it("all connections of a reader end with it", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;
    const one = reader();
    one.assign(place, 3);
    await take(one);
    await one.close();
    // Those that the cluster opened for itself stay.
    const before = sockets();
    const another = reader();
    another.assign(place, 99);
    await fault(another);
    await another.close();
    expect(await until(() => sockets() <= before, 2_000)).toBe(true);
  });

  it("a topic that is made a moment after it was assigned is read", async () => {
    const topic = uniqueTopic("later");
    const one = reader();
    one.assign({ topic, partition: 0 }, 0);
    const page = take(one);
    await delay(100);
    await bed.admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] });
    await bed.plain().write({ topic, partition: 0 }, values("first"));
    expect(await page).toMatchObject({ topic, nextOffset: 1 });
  });

  /** Flips the lowest bit of what is `at` bytes behind the first occurrence of `text` in fetched bytes. @returns how often */
  function damage(text: string, times: number, at = 0): { readonly count: number } {
    const done = { count: 0 };
    const match = (frame: Buffer): boolean => {
      const found = frame.indexOf(text);
      if (found >= 0 && done.count < times) {
        frame[found + at] = (frame[found + at] as number) ^ 1;
        done.count++;
      }
      return false;
    };
    rules.push(kafka.rule({ api: "Fetch", on: "response", action: "drop", match }));
    return done;
  }

  it("K13 a batch that is damaged on its way once is fetched again", async () => {
    for (const text of ["v0", "v4"]) {
      const [place] = await filled();
      if (place === undefined) throw new Error("a partition");
      const damaged = damage(text, 1);
      const one = reader();
      one.assign(place, 0);
      const seen: (string | undefined)[] = [];
      while (seen.length < 10) for (const { value } of (await take(one)).records) seen.push(value?.toString());
      expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => `v${index}`));
      expect(damaged.count).toBe(1);
    }
  });

  it("K13 a batch that is always damaged is an error that names it; what is before it is read, and the others go on", async () => {
    const [place, other] = await filled(2);
    if (place === undefined || other === undefined) throw new Error("two partitions");
    damage("v4", Number.POSITIVE_INFINITY);
    const one = reader();
    one.assign(place, 0);
    expect(await take(one)).toMatchObject({ fromOffset: 0, nextOffset: 4 });
    const error = await fault(one);
    expect(error).toBeInstanceOf(UnreadableBatchError);
    expect(error).toMatchObject({ ...place, offset: 4, cause: expect.any(CorruptBatchError) });
    expect(error).toMatchObject({ message: expect.stringMatching(/-0 at offset 4:.*base offset 4.*checksum/) });
    one.assign(other, 5);
    expect(await take(one)).toMatchObject({ ...other, nextOffset: 10 });
    one.assign(place, 5);
    expect(await take(one)).toMatchObject({ ...place, nextOffset: 10 });
  });

  it("K13 a batch whose length is always damaged is an error, and not fetched for ever", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    // From a record's value back to the second of its batch's four bytes of length: then it looks cut off.
    const damaged = damage("v0", Number.POSITIVE_INFINITY, -(61 - 8 + 6) + 1);
    const one = reader();
    one.assign(place, 0);
    const error = await fault(one);
    expect(error).toBeInstanceOf(UnreadableBatchError);
    expect(error).toMatchObject({ offset: 0, message: expect.stringMatching(/cut off/) });
    expect(damaged.count).toBe(2);
  });

  it("a codec that is not there is named with topic and offset", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    await bed.plain().write(place, values("compressed"), zstd);
    await bed.plain().write(place, values("compressed"), lz4);
    const one = reader({ codecs: [gzip, lz4] });
    one.assign(place, 0);
    expect(await take(one)).toMatchObject({ nextOffset: 10 });
    const error = await fault(one);
    expect(error).toBeInstanceOf(UnreadableBatchError);
    expect(error).toMatchObject({ ...place, offset: 10, cause: expect.any(UnsupportedCompressionError) });
    expect(error).toMatchObject({ message: expect.stringMatching(/at offset 10:.*zstd/) });
  });

  it("what is wrong with more than a partition ends all reading, also when only one is read", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    const sasl = { mechanism: "plain", username: "nobody", password: "wrong" } as const;
    const refused = new Cluster({ brokers: [kafka.bootstrap], clientId: "reader-tests", sasl });
    const one = new Reader(refused, { isolation: "read_committed" });
    one.assign(place, 0);
    const error = await fault(one);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(await fault(one)).toBe(error);
    expect(() => one.assign(place, 0)).toThrow(AuthenticationError);
    await refused.close();
  });

  it("a response that is none ends all reading", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    // The number of topics, behind correlation id, tags, throttle time, error code and session id.
    const match = (frame: Buffer) => frame.writeUInt8(0x7f, 15) === 0;
    rules.push(kafka.rule({ api: "Fetch", on: "response", action: "drop", match }));
    const one = reader();
    one.assign(place, 0);
    const error = await fault(one);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(await fault(one)).toBe(error);
  });

  it("an error of a partition that was given up meanwhile is nobody's", async () => {
    const [place] = await filled();
    if (place === undefined) throw new Error("a partition");
    // The question where the partition begins and ends takes a while.
    rules.push(kafka.rule({ api: "ListOffsets", on: "response", action: { delayMs: 200 } }));
    const one = reader();
    one.assign(place, 99);
    await delay(100);
    one.assign(place, 9);
    expect(await take(one)).toMatchObject({ fromOffset: 9, nextOffset: 10 });
    await expect(one.next(AbortSignal.timeout(500))).rejects.toThrow(/stopped/);
  });
});

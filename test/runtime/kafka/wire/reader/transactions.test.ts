/** What a reader sees of transactions, compared with librdkafka from every offset of small logs. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Reader } from "../../../../../runtime/kafka/wire/index.js";
import { describeWithKafka } from "../../../../support/kafka/index.js";
import type { PlainRecord } from "./support/plain-record.js";
import { record, values } from "./support/records.js";
import { ISOLATIONS, TestBed } from "./support/test-bed.js";

const texts = (records: readonly PlainRecord[]) =>
  records.map(({ value }) => Buffer.from(value ?? "", "hex").toString());

describeWithKafka("reading transactions", { kafka: "shared", independentClient: true }, (servers) => {
  let bed: TestBed;
  beforeAll(async () => {
    bed = await TestBed.open(servers.kafka.bootstrap);
  });
  afterAll(() => bed?.close());

  it("K10 interleaved transactions, of which the later-started aborts first", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const [a, b, c] = await Promise.all([bed.transactional(), bed.transactional(), bed.transactional()]);
    await a.write(place, values("a1", "a2"));
    await b.write(place, values("b1"));
    await c.write(place, values("c1"));
    await a.write(place, values("a3"));
    await b.write(place, values("b2", "b3"));
    await b.abort();
    await c.write(place, values("c2"));
    await a.write(place, values("a4"));
    await a.abort();
    await b.write(place, values("b4"));
    await c.commit();
    await b.commit();
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(texts(read_committed)).toEqual(["c1", "c2", "b4"]);
  });

  it("K10 a fetch that begins inside one or two transactions which are aborted later", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const [a, b] = await Promise.all([bed.transactional(), bed.transactional()]);
    for (let round = 0; round < 4; round++) {
      await a.write(place, values(`a${round}`, `A${round}`));
      await b.write(place, values(`b${round}`));
    }
    await a.abort();
    await b.write(place, values("b4"));
    await b.abort();
    await a.write(place, values("a5"));
    await a.commit();
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(texts(read_committed)).toEqual(["a5"]);
  });

  it("K10 keys and values that look like markers are records", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const [abort, commit] = [Buffer.from([0, 0, 0, 0]), Buffer.from([0, 0, 0, 1])];
    const lookalikes = [abort, commit].map((key) => record({ key, value: Buffer.alloc(6) }));
    const producer = await bed.transactional();
    await bed.plain().write(place, lookalikes);
    await producer.write(place, lookalikes);
    await producer.commit();
    await producer.write(place, lookalikes);
    await producer.write(place, values("behind"));
    await producer.abort();
    await bed.plain().write(place, [...lookalikes, ...values("last")]);
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(read_committed).toHaveLength(7);
  });

  it("transactions of one producer back to back, and others' batches without a transaction between", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const [producer, idempotent] = await Promise.all([bed.transactional(), bed.idempotent()]);
    for (let round = 0; round < 6; round++) {
      await producer.write(place, values(`t${round}`));
      if (round % 2 === 0) await bed.plain().write(place, values(`p${round}`));
      await producer.write(place, values(`T${round}`));
      await idempotent.write(place, values(`i${round}`));
      await (round % 3 === 0 ? producer.commit() : producer.abort());
    }
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    const seen = texts(read_committed);
    expect(seen.filter((text) => /t/i.test(text))).toEqual(["t0", "T0", "t3", "T3"]);
    expect(seen.filter((text) => /[pi]/.test(text))).toEqual(["p0", "i0", "i1", "p2", "i2", "i3", "p4", "i4", "i5"]);
  });

  it("an open transaction bounds what is read committed, and its end lets go what is behind it", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const [open, other] = await Promise.all([bed.transactional(), bed.transactional()]);
    await other.write(place, values("o1"));
    await other.commit();
    await open.write(place, values("open"));
    await other.write(place, values("o2"));
    await other.commit();
    await bed.plain().write(place, values("plain"));
    const before = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(texts(before.read_committed)).toEqual(["o1"]);
    expect(texts(before.read_uncommitted)).toEqual(["o1", "open", "o2", "plain"]);
    await open.abort();
    const after = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(texts(after.read_committed)).toEqual(["o1", "o2", "plain"]);
  });

  it("K13 the end of the log and the last stable offset are told apart", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const open = await bed.transactional();
    await bed.plain().write(place, values("p0", "p1", "p2"));
    await open.write(place, values("open"));
    await bed.plain().write(place, values("p4"));
    await bed.deleteRecords(place, 1);
    const watermarks = { highWatermark: 5, lastStableOffset: 3, logStartOffset: 1 };
    for (const isolation of ISOLATIONS) {
      const reader = new Reader(bed.cluster, { isolation });
      reader.assign(place, 2);
      expect(reader.watermarks(place)).toEqual({ highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 });
      expect(await reader.next()).toMatchObject({
        ...watermarks,
        nextOffset: isolation === "read_committed" ? 3 : 5,
      });
      expect(reader.watermarks(place)).toEqual(watermarks);
      await reader.close();
    }
    await open.commit();
  });

  it("K10 a log that begins within a transaction, committed or aborted", async () => {
    const topic = await bed.topic();
    const place = { topic, partition: 0 };
    const [aborting, committing] = await Promise.all([bed.transactional(), bed.transactional()]);
    await aborting.write(place, values("a1", "a2", "a3"));
    await committing.write(place, values("c1", "c2", "c3"));
    await bed.deleteRecords(place, 2);
    await aborting.write(place, values("a4"));
    await aborting.abort();
    await bed.deleteRecords(place, 4);
    await committing.write(place, values("c4"));
    await committing.commit();
    const { read_committed } = await bed.expectSameFromEverywhere(servers.independentClient, topic);
    expect(texts(read_committed)).toEqual(["c2", "c3", "c4"]);
  });

  it("transactions of librdkafka, over several partitions and codecs", async () => {
    const topic = await bed.topic(2);
    const client = servers.independentClient;
    const [zstd, lz4] = await Promise.all([
      client.transactional(`${topic}-zstd`, { "compression.type": "zstd", "linger.ms": "0" }),
      client.transactional(`${topic}-lz4`, { "compression.type": "lz4", "linger.ms": "0" }),
    ]);
    for (let round = 0; round < 4; round++) {
      await Promise.all([zstd.begin(), lz4.begin()]);
      for (const partition of [0, 1]) {
        for (const producer of [zstd, lz4, zstd]) {
          const many = Array.from({ length: 20 }, (_, index) => ({
            key: `k${index}`,
            value: `${round} `.repeat(index),
          }));
          await producer.send(topic, many, partition);
          await producer.flush();
        }
      }
      await (round % 2 === 0 ? zstd.commit() : zstd.abort());
      await (round < 2 ? lz4.abort() : lz4.commit());
    }
    await bed.stable(topic, 2);
    const { read_committed } = await bed.expectSame(client, topic, { partitions: 2, maxPageBytes: 1024 });
    expect(read_committed).toHaveLength(2 * (2 * 40 + 2 * 20));
  });
});

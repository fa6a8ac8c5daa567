/** A cluster of three whose brokers die, leave and lie: what was read stays true, and every record comes once and in order. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Cluster,
  IdempotentWriter,
  LogTruncatedError,
  Reader,
  type TopicPartition,
} from "../../../../../runtime/kafka/wire/index.js";
import {
  describeWithKafka,
  type IndependentClient,
  type Kafka,
  uniqueTopic,
  until,
} from "../../../../support/kafka/index.js";
import { patient } from "../../../../support/patience.js";
import { type PlainRecord, plainStored } from "./support/plain-record.js";
import { endsOf, nameOf, PartitionProgress } from "./support/read-to-end.js";
import { record, values } from "./support/records.js";
import { ISOLATIONS, placesOf, TestBed } from "./support/test-bed.js";

const MOVED_WITHIN_MS = 20_000;
/** A broker that is stopped answers nothing, and is asked no more after this. */
const REQUEST_TIMEOUT_MS = 1_000;

describeWithKafka("a cluster of three", { kafka: "own", independentClient: true }, (servers) => {
  let kafka: Kafka;
  let client: IndependentClient;
  let bed: TestBed;

  /** All the while, this is written and read. */
  let moving: Moving;

  beforeAll(async () => {
    const properties = { "broker.session.timeout.ms": 2_000, "broker.heartbeat.interval.ms": 300 };
    kafka = await servers.startOwnKafka({ brokers: 3, properties });
    client = await servers.startIndependentClient(kafka.bootstrap);
    bed = await TestBed.open(kafka.bootstrap, REQUEST_TIMEOUT_MS);
    const replicas = [
      [1, 2, 3],
      [2, 3, 1],
      [3, 1, 2],
      [1, 3, 2],
      [2, 1, 3],
      [3, 2, 1],
    ];
    moving = await Moving.start(bed.cluster, placesOf(await placed(replicas), replicas.length));
  });
  afterAll(async () => {
    await moving?.stop();
    await bed?.close();
  });

  /** A topic whose partitions have these replicas, the first of each its preferred leader. */
  async function placed(
    replicas: readonly (readonly number[])[],
    settings: Record<string, string> = {},
  ): Promise<string> {
    const topic = uniqueTopic("moving");
    const replicaAssignment = replicas.map((ids, partition) => ({ partition, replicas: [...ids] }));
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await bed.admin.createTopics({ waitForLeaders: false, topics: [{ topic, replicaAssignment, configEntries }] });
    await endsOf(bed.cluster, placesOf(topic, replicas.length), "read_uncommitted");
    return topic;
  }

  it("a broker of which nothing comes does not take the room of the others", async () => {
    const topic = await placed([[1], [2], [3]], { "min.insync.replicas": "1" });
    const [idle, alsoIdle, busy] = placesOf(topic, 3);
    if (idle === undefined || alsoIdle === undefined || busy === undefined) throw new Error("three partitions");
    for (let batch = 0; batch < 40; batch++) await bed.plain().write(busy, [record({ value: "x".repeat(10_000) })]);
    const bounds = { maxBufferedBytes: 256 * 1024, maxPageBytes: 16 * 1024, maxWaitMs: 2_000 };
    const reader = new Reader(bed.cluster, { isolation: "read_committed", ...bounds });
    for (const place of [idle, alsoIdle, busy]) reader.assign(place, 0);
    const fromMs = performance.now();
    for (let position = 0; position < 40; ) position = (await reader.next(AbortSignal.timeout(30_000))).nextOffset;
    await reader.close();
    expect(performance.now() - fromMs).toBeLessThan(patient(15_000));
  });

  it("K12 records that an unclean leader has lost are an error, and never replaced unnoticed", async () => {
    const topic = await placed([[1, 2]], { "min.insync.replicas": "1", "unclean.leader.election.enable": "true" });
    const place = { topic, partition: 0 };
    const producer = await bed.idempotent();
    await producer.write(place, values("kept", "kept"));
    const reader = new Reader(bed.cluster, { isolation: "read_uncommitted" });
    reader.assign(place, 0);
    const progress = new PartitionProgress(0, Number.MAX_SAFE_INTEGER);
    const take = async () => progress.add(await reader.next(AbortSignal.timeout(MOVED_WITHIN_MS)));
    const inSync = async () => {
      await bed.cluster.refresh().catch(() => undefined);
      return (await bed.cluster.topic(topic)).partitions[0]?.inSync ?? [];
    };
    expect(await until(async () => (await inSync()).length === 2, MOVED_WITHIN_MS)).toBe(true);
    kafka.broker(2).pause();
    // A fetch of the follower was waiting: this may still be sent to it.
    await producer.write(place, values("perhaps", "perhaps"));
    expect(await until(async () => (await inSync()).join() === "1", MOVED_WITHIN_MS)).toBe(true);
    await producer.write(place, values("lost", "lost", "lost"));
    while (progress.position < 7) await take();
    await kafka.broker(1).kill();
    kafka.broker(2).resume();
    const others = values(...Array.from({ length: 12 }, () => "other"));
    await bed.plain().write(place, others);
    const error = await take().catch((failure: unknown) => failure);
    if (!(error instanceof LogTruncatedError)) throw error ?? new Error("it was read on");
    expect(error).toMatchObject({ ...place, offset: 7 });
    expect([2, 4]).toContain(error.commonEndOffset);
    // What was read up to there is still true, and what is behind it is new.
    const stored = (await client.read({ topic, isolation: "read_uncommitted" })).map(plainStored);
    const common = ({ offset }: PlainRecord) => offset < error.commonEndOffset;
    expect(progress.records.filter(common)).toEqual(stored.filter(common));
    reader.assign(place, error.commonEndOffset);
    const page = await reader.next(AbortSignal.timeout(MOVED_WITHIN_MS));
    expect(page.records[0]?.value?.toString()).toBe("other");
    await reader.close();
  });

  it("K14 leaders move and brokers come back while everything is read once and in order", async () => {
    // Broker 2 has been away and broker 1 dead.
    await kafka.broker(1).restart();
    expect(await moving.readsOn()).toBe(true);
    await kafka.broker(3).shutdown();
    expect(await moving.readsOn()).toBe(true);
    await moving.stop();
    const ends = await endsOf(bed.cluster, moving.places, "read_committed");
    const topic = moving.places[0]?.topic ?? "";
    const expected = (await client.read({ topic, isolation: "read_committed" })).map(plainStored);
    for (const one of moving.following) expect(await one.upTo(ends)).toEqual(expected);
    expect(new Set(expected.map(({ partition, value }) => `${partition} ${value}`)).size).toBe(expected.length);
  });
});

/** A writer that writes, and readers that read, until they are told to stop. */
class Moving {
  #writing = true;
  #written: Promise<void> = Promise.resolve();

  private constructor(
    readonly places: readonly TopicPartition[],
    readonly following: readonly Following[],
  ) {}

  static async start(cluster: Cluster, places: readonly TopicPartition[]): Promise<Moving> {
    const following = ISOLATIONS.map((isolation) => new Following(new Reader(cluster, { isolation }), places));
    const moving = new Moving(places, following);
    moving.#written = moving.#write(await IdempotentWriter.open(cluster));
    return moving;
  }

  /** Whether a good deal more is read soon. */
  readsOn(): Promise<boolean> {
    const before = this.following.map(({ total }) => total);
    return until(() => this.following.every(({ total }, index) => total > (before[index] ?? 0) + 500), MOVED_WITHIN_MS);
  }

  /** Returns when everything is written. */
  async stop(): Promise<void> {
    this.#writing = false;
    await this.#written;
  }

  async #write(writer: IdempotentWriter): Promise<void> {
    for (let round = 0; this.#writing; round++) {
      const records = values(`${round}`, `${round} too`);
      await Promise.all(this.places.map((place) => writer.send({ ...place, records })));
      await delay(5);
    }
    await writer.close();
  }
}

/** A reader that is never asked to stop, and what it has given. */
class Following {
  total = 0;
  readonly #progress: Map<string, PartitionProgress>;
  #failure: unknown = null;

  constructor(
    private readonly reader: Reader,
    private readonly places: readonly TopicPartition[],
  ) {
    this.#progress = new Map(places.map((place) => [nameOf(place), new PartitionProgress(0, Number.MAX_SAFE_INTEGER)]));
    for (const place of places) reader.assign(place, 0);
    void this.#run();
  }

  /** Everything before the ends, when all of it has come. */
  async upTo(ends: readonly number[]) {
    const progress = this.places.map((place) => this.#progress.get(nameOf(place)));
    const arrived = () =>
      this.#failure !== null || progress.every((one, index) => (one?.position ?? 0) >= (ends[index] ?? 0));
    await until(arrived, MOVED_WITHIN_MS);
    await this.reader.close();
    if (this.#failure !== null) throw this.#failure;
    return progress.flatMap((one, index) => (one?.records ?? []).filter(({ offset }) => offset < (ends[index] ?? 0)));
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const page = await this.reader.next();
        this.#progress.get(nameOf(page))?.add(page);
        this.total += page.records.length;
      }
    } catch (error) {
      // Closed at the end; anything before that is told by `upTo`.
      this.#failure ??= error instanceof Error && /closed/.test(error.message) ? null : error;
    }
  }
}

/** Runs histories one after the other on topics of their own, with producers that stay. */
import { expect } from "vitest";
import type { Isolation, TopicPartition } from "../../../../../../runtime/kafka/wire/index.js";
import { type IndependentClient, type TransactionalProducer, uniqueTopic } from "../../../../../support/kafka/index.js";
import { Compactor } from "./compaction.js";
import { type History, place, RAW_PRODUCERS, type Reading, type Step } from "./history.js";
import { type PlainRecord, plainStored } from "./plain-record.js";
import { RawProducer } from "./raw-producer.js";
import { beginningsOf, endsOf, readToEnd } from "./read-to-end.js";
import { ISOLATIONS, placesOf, TestBed } from "./test-bed.js";

/** After so many histories everything is made anew: a cluster asks for all topics that it ever heard of. */
const HISTORIES_PER_BED = 25;

interface Producers {
  readonly plain: RawProducer;
  readonly idempotent: RawProducer;
  readonly raw: readonly RawProducer[];
}

export class HistoryLane {
  readonly #bootstrap: string;
  readonly #client: IndependentClient;
  readonly #librdkafka: TransactionalProducer;
  #scratch = "";
  #bed: TestBed | null = null;
  #producers: Producers | null = null;
  #left = 0;

  private constructor(bootstrap: string, client: IndependentClient, librdkafka: TransactionalProducer) {
    this.#bootstrap = bootstrap;
    this.#client = client;
    this.#librdkafka = librdkafka;
  }

  /** @param codec of its librdkafka producer */
  static async open(bootstrap: string, client: IndependentClient, codec: string): Promise<HistoryLane> {
    const config = { "compression.type": codec, "linger.ms": "0" };
    return new HistoryLane(bootstrap, client, await client.transactional(uniqueTopic("lane"), config));
  }

  async close(): Promise<void> {
    await this.#bed?.close();
    await this.#librdkafka.close();
  }

  /** @throws when our reader has read something else than librdkafka */
  async run(history: History): Promise<void> {
    const { bed, producers } = await this.#ready();
    const topic = await bed.topic(history.partitions, history.settings, "history");
    const happening = new Happening(bed, producers, this.#librdkafka, topic, history.partitions);
    try {
      for (const step of history.steps) await happening.take(step);
      if (happening.librdkafkaEnded) await this.#awaitMarkers();
      await compare(bed, this.#client, topic, history);
    } finally {
      await happening.endAll(false);
      await bed.admin.deleteTopics({ topics: [topic] });
    }
  }

  async #ready(): Promise<{ readonly bed: TestBed; readonly producers: Producers }> {
    if (this.#bed !== null && this.#producers !== null && this.#left-- > 0)
      return { bed: this.#bed, producers: this.#producers };
    await this.#bed?.close();
    const bed = await TestBed.open(this.#bootstrap);
    if (this.#bed === null) this.#scratch = await bed.topic(1, {}, "scratch");
    this.#bed = bed;
    this.#left = HISTORIES_PER_BED;
    const [idempotent, ...raw] = await Promise.all([
      bed.idempotent(),
      ...Array.from({ length: RAW_PRODUCERS }, () => bed.transactional()),
    ]);
    this.#producers = { plain: RawProducer.plain(bed.cluster), idempotent, raw };
    return { bed, producers: this.#producers };
  }

  /** librdkafka is told that a transaction has ended before its markers are written; the next one begins after that. */
  async #awaitMarkers(): Promise<void> {
    await this.#librdkafka.begin();
    await this.#librdkafka.send(this.#scratch, [{ value: "" }], 0);
    await this.#librdkafka.flush();
    await this.#librdkafka.abort();
  }
}

/** What becomes of one topic. */
class Happening {
  librdkafkaEnded = false;
  #librdkafkaOpen = false;
  readonly #compactors: readonly Compactor[];

  constructor(
    private readonly bed: TestBed,
    private readonly producers: Producers,
    private readonly librdkafka: TransactionalProducer,
    private readonly topic: string,
    partitions: number,
  ) {
    this.#compactors = placesOf(topic, partitions).map((one) => new Compactor(bed.cluster, one));
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case "write": {
        const { partition, records, codec } = step.batch;
        await this.#writer(step.by).write(place(this.topic, partition), records, codec);
        return;
      }
      case "end": {
        const producer = this.#writer(step.by);
        if (producer.isInTransaction) await (step.commit ? producer.commit() : producer.abort());
        return;
      }
      case "librdkafka writes":
        if (!this.#librdkafkaOpen) await this.librdkafka.begin();
        this.#librdkafkaOpen = true;
        this.librdkafkaEnded = false;
        await this.librdkafka.send(this.topic, step.records, step.partition);
        await this.librdkafka.flush();
        return;
      case "librdkafka ends":
        await this.#endLibrdkafka(step.commit);
        return;
      case "delete records":
        await this.#delete(place(this.topic, step.partition), step.share);
        return;
      case "compact":
        await this.endAll(step.commit);
        await Promise.all(this.#compactors.map((one) => one.compact()));
        return;
    }
  }

  async endAll(commit: boolean): Promise<void> {
    await this.#endLibrdkafka(commit);
    for (const producer of this.producers.raw)
      if (producer.isInTransaction) await (commit ? producer.commit() : producer.abort());
  }

  #writer(by: "plain" | "idempotent" | number): RawProducer {
    if (by === "plain") return this.producers.plain;
    if (by === "idempotent") return this.producers.idempotent;
    const producer = this.producers.raw[by];
    if (producer === undefined) throw new Error(`there is no producer ${by}`);
    return producer;
  }

  async #endLibrdkafka(commit: boolean): Promise<void> {
    if (!this.#librdkafkaOpen) return;
    await (commit ? this.librdkafka.commit() : this.librdkafka.abort());
    this.#librdkafkaOpen = false;
    this.librdkafkaEnded = true;
  }

  async #delete(from: TopicPartition, share: number): Promise<void> {
    const [[first = 0], [end = 0]] = await Promise.all([
      beginningsOf(this.bed.cluster, [from]),
      // Within an open transaction the broker says of the last stable offset what is not so, and librdkafka believes it.
      endsOf(this.bed.cluster, [from], "read_committed"),
    ]);
    if (end > first) await this.bed.deleteRecords(from, first + Math.floor((end - first) * share));
  }
}

async function compare(bed: TestBed, client: IndependentClient, topic: string, history: History): Promise<void> {
  const places = placesOf(topic, history.partitions);
  const firsts = await beginningsOf(bed.cluster, places);
  await Promise.all(
    ISOLATIONS.map(async (isolation) => {
      const ends = await endsOf(bed.cluster, places, isolation);
      const theirs = (await client.read({ topic, isolation })).map(plainStored);
      for (const reading of history.readings) {
        const starts = places.map((one, index) => {
          const [first, end, share] = [firsts[index] ?? 0, ends[index] ?? 0, reading.shares[index] ?? 0];
          return { ...one, offset: first + Math.floor(Math.max(0, end - first) * share) };
        });
        const expected = theirs.filter(({ partition, offset }) => offset >= (starts[partition]?.offset ?? 0));
        const ours = await readWith(bed, starts, isolation, reading);
        expect(ours, `${isolation} from ${starts.map(({ offset }) => offset)}`).toEqual(expected);
      }
    }),
  );
}

function readWith(
  bed: TestBed,
  starts: readonly (TopicPartition & { readonly offset: number })[],
  isolation: Isolation,
  { maxPageBytes, maxFetchBytes, maxBufferedBytes }: Reading,
): Promise<PlainRecord[]> {
  return readToEnd(bed.cluster, starts, isolation, { maxPageBytes, maxFetchBytes, maxBufferedBytes, maxWaitMs: 5 });
}

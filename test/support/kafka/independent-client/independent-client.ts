/** A second opinion on what is in Kafka: librdkafka, in a process of its own, shares no code with the product. */
import { z } from "zod";
import { PythonProcess } from "./python-process.js";
import {
  BYTES,
  COMMITTED,
  type CommittedOffset,
  DIGEST,
  type Digest,
  PLACES,
  type Place,
  type RecordToWrite,
  STORED_RECORD,
  type StoredRecord,
  toJson,
  WATERMARKS,
  type Watermarks,
} from "./records.js";
import { TransactionalProducer } from "./transactional-producer.js";

export type Isolation = "read_committed" | "read_uncommitted";
/** In librdkafka's names, such as `"compression.type": "gzip"`. */
export type ClientSettings = Readonly<Record<string, string>>;

export interface ReadRequest {
  readonly topic: string;
  readonly isolation: Isolation;
  /** All, unless one is named. */
  readonly partition?: number;
  /** The first offset; one that is not there any more is an error. */
  readonly from?: number | "beginning";
}

export interface DigestRequest {
  readonly topic: string;
  readonly isolation: Isolation;
  readonly partition?: number;
  /** The values are the numbers from 0 to this - 1, each exactly once. */
  readonly expected: number;
  /** As decimal digits, or in the first eight bytes. */
  readonly valueFormat: "ascii" | "int64be";
}

export interface ProduceRequest {
  readonly topic: string;
  readonly records: readonly RecordToWrite[];
  readonly partition?: number;
  readonly config?: ClientSettings;
}

/** Every call throws IndependentClientFailed, with the error as librdkafka says it. */
export class IndependentClient {
  private constructor(private readonly python: PythonProcess) {}

  /** @param config over the settings of every consumer and producer: TLS and SASL belong here. */
  static async start(bootstrap: string, config: ClientSettings = {}): Promise<IndependentClient> {
    return new IndependentClient(await PythonProcess.start({ "bootstrap.servers": bootstrap, ...config }));
  }

  /** Every record up to the high watermark or the last stable offset as of now, by partition and offset. */
  read({ from = "beginning", ...request }: ReadRequest): Promise<StoredRecord[]> {
    return this.python.ask("read", { ...request, start: from }, z.array(STORED_RECORD));
  }

  /** Whether each number is there exactly once and in order: for more records than one wants to look at. */
  digest({ valueFormat, ...request }: DigestRequest): Promise<Digest> {
    return this.python.ask("digest", { ...request, value_format: valueFormat }, DIGEST);
  }

  /** `high` is the last stable offset with `read_committed`. */
  watermarks(topic: string, isolation: Isolation = "read_uncommitted"): Promise<Watermarks[]> {
    return this.python.ask("watermarks", { topic, isolation }, WATERMARKS);
  }

  /** Waits for pending transactions on the group's offsets. */
  committedOffsets(group: string): Promise<CommittedOffset[]> {
    return this.python.ask("committed_offsets", { group }, COMMITTED);
  }

  /** @returns where each record is, in the order given. */
  produce({ config = {}, records, ...request }: ProduceRequest): Promise<Place[]> {
    return this.python.ask("produce", { ...request, config, records: records.map(toJson) }, PLACES);
  }

  /** Fences those before it with the same id. */
  async transactional(transactionalId: string, config: ClientSettings = {}): Promise<TransactionalProducer> {
    const asked = { transactional_id: transactionalId, config };
    return new TransactionalProducer(this.python, await this.python.ask("transactional", asked, z.string()));
  }

  /** By fastavro: one value, without the five bytes of a registry's prefix. */
  avroEncode(schema: object, value: unknown): Promise<Buffer> {
    return this.python.ask("avro_encode", { schema, value }, BYTES);
  }

  /** @returns the value as JSON has it. Fails when bytes are left over. */
  avroDecode(schema: object, data: Uint8Array): Promise<unknown> {
    return this.python.ask("avro_decode", { schema, data: Buffer.from(data).toString("base64") }, z.unknown());
  }

  async close(): Promise<void> {
    await this.python.close();
  }
}

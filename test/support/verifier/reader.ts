/** The independent reader: whole partitions with decoded values, read_committed, by librdkafka and fastavro. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  type Acknowledged,
  type Place,
  PythonProcess,
  type RecordToWrite,
  toJson,
  WATERMARKS,
  type Watermarks,
} from "../kafka/independent-client/index.js";
import {
  CHANGELOG,
  COMMITTED_OFFSETS,
  type CommittedPosition,
  DECODED,
  type Decoded,
  DIGESTED,
  type Digested,
  PLACES_OR_NOT,
  ROW_VERSION,
  UNREAD,
  type Unread,
} from "./records.js";

const PROGRAM = fileURLToPath(new URL("./reader.py", import.meta.url));

export interface RecordToAppend extends RecordToWrite {
  readonly topic: string;
}

/** Every call throws IndependentClientFailed, with the error as librdkafka says it. */
export class Reader {
  private constructor(
    private readonly python: PythonProcess,
    private readonly registryUrl: string,
  ) {}

  static async start(bootstrap: string, registryUrl: string): Promise<Reader> {
    return new Reader(await PythonProcess.start({ "bootstrap.servers": bootstrap }, PROGRAM), registryUrl);
  }

  /** The records of a partition in the order of their offsets, with digests of their values. */
  digests(topic: string, partition: number): Promise<Digested[]> {
    return this.python.ask("digests", { topic, partition }, DIGESTED);
  }

  /** The same with their values, by the schemas that the registry has. */
  values(topic: string, partition: number): Promise<Decoded[]> {
    return this.python.ask("values", { topic, partition, registry: this.registryUrl }, DECODED);
  }

  /** The records of a changelog, by the schemas of this project; rows of an earlier version as the present one has them. */
  changelog(topic: string, partition: number): Promise<z.output<typeof CHANGELOG>> {
    const row_schemas = { 1: schema("released/0.1.0/assignment-row"), [ROW_VERSION]: schema("assignment-row") };
    const schemas = { row_schemas, row_version: ROW_VERSION, positions_schema: schema("positions") };
    return this.python.ask("rows", { topic, partition, ...schemas }, CHANGELOG);
  }

  /** One value that is not in Kafka, by a schema of this project. */
  decode(name: "positions", bytes: Uint8Array): Promise<unknown> {
    const data = Buffer.from(bytes).toString("base64");
    return this.python.ask("avro_decode", { schema: schema(name), data }, z.unknown());
  }

  /** `high` is the last stable offset with `read_committed`. */
  watermarks(topic: string, isolation: "read_committed" | "read_uncommitted"): Promise<Watermarks[]> {
    return this.python.ask("watermarks", { topic, isolation }, WATERMARKS);
  }

  /** Waits for pending transactions on the group's offsets. */
  committed(group: string, topics: readonly string[]): Promise<CommittedPosition[]> {
    return this.python.ask("committed_of", { group, topics }, COMMITTED_OFFSETS);
  }

  /** The partitions that have a record which the group has not committed. */
  unread(group: string, topics: readonly string[]): Promise<Unread[]> {
    return this.python.ask("unread", { group, topics }, UNREAD);
  }

  /** @returns where each record is, in the order given; null: it was not acknowledged, and may be there or not. */
  append(records: readonly RecordToAppend[]): Promise<(Acknowledged | null)[]> {
    const asked = records.map((record) => ({ ...toJson(record), topic: record.topic }));
    return this.python.ask("append", { records: asked }, PLACES_OR_NOT);
  }

  /** For a group without members. */
  async commit(group: string, offsets: readonly (Place & { readonly topic: string })[]): Promise<void> {
    await this.python.ask("commit", { group, offsets }, z.null());
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    await this.python.ask("delete_topics", { topics }, z.null());
  }

  async close(): Promise<void> {
    await this.python.close();
  }
}

function schema(name: string): object {
  const file = fileURLToPath(new URL(`../../../schemas/${name}.avsc`, import.meta.url));
  return z.looseObject({}).parse(JSON.parse(readFileSync(file, "utf8")));
}

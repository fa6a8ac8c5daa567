/** Reads the vectors; vectors/README.md says where they come from. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { BatchHeader } from "../../../runtime/records/index.js";
import type { PlainRecord } from "./samples.js";

/** A batch as Kafka's Java client reads it. */
export interface VectorBatch extends Omit<BatchHeader, "position" | "end"> {
  readonly records: readonly (PlainRecord & { readonly control?: string; readonly coordinatorEpoch?: number })[];
}

export interface VectorCase {
  readonly name: string;
  readonly bytes: Buffer;
  readonly batches: readonly VectorBatch[];
}

export interface VectorKey {
  readonly key: Buffer;
  readonly murmur2: number;
  /** By the number of partitions. */
  readonly partitions: Readonly<Record<string, number>>;
}

type Encoded<Type, Field extends keyof Type> = Omit<Type, Field> & Readonly<Record<Field, string>>;

interface BatchFile {
  readonly cases: readonly Encoded<VectorCase, "bytes">[];
  readonly refused?: readonly { readonly name: string; readonly bytes: string }[];
}

export const clientCases = cases("client-batches.json");
export const brokerCases = cases("broker-segments.json");
/** Made by other producers' compression; `shortened` gives their records in the form they have here. */
export const compressedCases = ["compressed-snappy", "compressed-lz4", "compressed-zstd", "librdkafka"].flatMap(
  (file) => cases(`${file}.json`),
);

/** By name: batches that Kafka reads and that are refused here. */
export const refused = new Map(
  (read<BatchFile>("client-batches.json").refused ?? []).map(({ name, bytes }) => [name, Buffer.from(bytes, "base64")]),
);

export const keys: readonly VectorKey[] = read<{ keys: readonly Encoded<VectorKey, "key">[] }>("murmur2.json").keys.map(
  (one) => ({
    ...one,
    key: Buffer.from(one.key, "base64"),
  }),
);

export function caseNamed(name: string): VectorCase {
  const found = [...clientCases, ...compressedCases].find((one) => one.name === name);
  if (found === undefined) throw new Error(`no vector is named ${name}`);
  return found;
}

/** Long values as their SHA-256. */
export function shortened(records: readonly PlainRecord[]): readonly PlainRecord[] {
  return records.map((one) => {
    if (one.value === null || one.value.length <= 400) return one;
    const digest = createHash("sha256").update(Buffer.from(one.value, "base64")).digest("hex");
    return { ...one, value: `sha256:${digest}` };
  });
}

function cases(file: string): readonly VectorCase[] {
  return read<BatchFile>(file).cases.map((one) => ({ ...one, bytes: Buffer.from(one.bytes, "base64") }));
}

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(new URL(`vectors/${file}`, import.meta.url), "utf8")) as Content;
}

/** A random history of one small topic, the same for the same seed: who writes what, in which order, and what becomes of it. */
import type { TopicPartition } from "../../../../../../runtime/kafka/wire/index.js";
import {
  type BatchRecord,
  type CompressionCodec,
  gzip,
  lz4,
  noCompression,
  snappy,
  zstd,
} from "../../../../../../runtime/records/index.js";
import { randomNumbers } from "../../../../../oracle/settings.js";
import type { RecordToWrite } from "../../../../../support/kafka/index.js";
import { COMPACTED } from "./compaction.js";
import { type Bytes, record } from "./records.js";

/** Transactional producers that write batch by batch as they are told. */
export const RAW_PRODUCERS = 3;

export type Step =
  | { readonly kind: "write"; readonly by: "plain" | "idempotent" | number; readonly batch: Batch }
  | { readonly kind: "end"; readonly by: number; readonly commit: boolean }
  | { readonly kind: "librdkafka writes"; readonly partition: number; readonly records: readonly RecordToWrite[] }
  | { readonly kind: "librdkafka ends"; readonly commit: boolean }
  | { readonly kind: "delete records"; readonly partition: number; readonly share: number }
  | { readonly kind: "compact"; readonly commit: boolean };

export interface Batch {
  readonly partition: number;
  readonly records: readonly BatchRecord[];
  readonly codec: CompressionCodec;
}

export interface History {
  readonly seed: number;
  readonly partitions: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly readings: readonly Reading[];
}

/** One way to read the topic: the reader's settings, and where each partition is begun, as a share of its offsets. */
export interface Reading {
  readonly maxPageBytes: number;
  readonly maxFetchBytes: number;
  readonly maxBufferedBytes: number;
  readonly shares: readonly number[];
}

const CODECS = [noCompression, noCompression, gzip, snappy, lz4, zstd];
const KEYS: readonly Bytes[] = ["", "a", "b", "c", "d", Buffer.from([0, 0, 0, 0]), Buffer.from([0, 0, 0, 1])];
const READINGS = 3;

export function history(seed: number): History {
  return new Dice(seed).history(seed);
}

class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
  }

  history(seed: number): History {
    const partitions = this.#below(3) + 1;
    const kind = this.#pick(["plain", "plain", "plain", "compacted", "log append time"] as const);
    const compacted = kind === "compacted";
    const settings = compacted
      ? COMPACTED
      : kind === "plain"
        ? {}
        : { "message.timestamp.type": "LogAppendTime" as const };
    const steps = Array.from({ length: 5 + this.#below(25) }, () => this.#step(partitions, compacted));
    const ending: Step[] = compacted ? [{ kind: "compact", commit: this.#chance(0.5) }] : [];
    const behind = Array.from({ length: this.#below(6) }, () => this.#step(partitions, false, compacted));
    const readings = Array.from({ length: READINGS }, (_, index) => this.#reading(partitions, index === 0));
    return { seed, partitions, settings, steps: [...steps, ...ending, ...behind], readings };
  }

  #step(partitions: number, mayCompact: boolean, keyed = mayCompact): Step {
    const partition = this.#below(partitions);
    const roll = this.#random();
    if (roll < 0.12) return { kind: "write", by: "plain", batch: this.#batch(partition, keyed) };
    if (roll < 0.22) return { kind: "write", by: "idempotent", batch: this.#batch(partition, keyed) };
    if (roll < 0.55) return { kind: "write", by: this.#below(RAW_PRODUCERS), batch: this.#batch(partition, keyed) };
    if (roll < 0.75) return { kind: "end", by: this.#below(RAW_PRODUCERS), commit: this.#chance(0.5) };
    if (roll < 0.85) return { kind: "librdkafka writes", partition, records: this.#parts(keyed) };
    if (roll < 0.92) return { kind: "librdkafka ends", commit: this.#chance(0.5) };
    if (roll < 0.95) return { kind: "delete records", partition, share: this.#random() };
    if (roll < 0.97 && mayCompact) return { kind: "compact", commit: this.#chance(0.5) };
    return { kind: "write", by: "plain", batch: this.#batch(partition, keyed) };
  }

  #batch(partition: number, keyed: boolean): Batch {
    return { partition, records: this.#parts(keyed).map(record), codec: this.#pick(CODECS) };
  }

  #parts(keyed: boolean) {
    const count = this.#chance(0.4) ? 1 : 1 + this.#below(this.#chance(0.1) ? 60 : 6);
    return Array.from({ length: count }, () => ({
      key: this.#chance(0.1) && !keyed ? null : this.#pick(KEYS),
      value: this.#chance(0.15) ? null : this.#text(this.#chance(0.05) ? 5_000 : 30),
      headers: Array.from({ length: this.#chance(0.2) ? this.#below(4) : 0 }, () => {
        const value = this.#chance(0.3) ? null : this.#text(5);
        return [this.#pick(["", "h", "other"]), value] as const;
      }),
    }));
  }

  #reading(partitions: number, fromBeginning: boolean): Reading {
    return {
      maxPageBytes: this.#pick([1, 200, 1_024, 1_048_576]),
      maxFetchBytes: this.#pick([1, 1_024, 65_536, 8_388_608]),
      maxBufferedBytes: this.#pick([1, 65_536, 33_554_432]),
      shares: Array.from({ length: partitions }, () => (fromBeginning ? 0 : this.#random())),
    };
  }

  #text(most: number): string {
    return String.fromCharCode(97 + this.#below(26)).repeat(this.#below(most));
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }
}

/** In a line, for a history that failed. */
export function told(step: Step): string {
  if (step.kind === "write")
    return `${step.by} writes ${step.batch.records.length} to ${step.batch.partition} (${step.batch.codec.name})`;
  if (step.kind === "librdkafka writes") return `librdkafka writes ${step.records.length} to ${step.partition}`;
  const { kind, ...rest } = step;
  return `${kind} ${JSON.stringify(rest)}`;
}

export const place = (topic: string, partition: number): TopicPartition => ({ topic, partition });

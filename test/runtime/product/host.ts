/** Where the product's topology runs in tests: an engine, whichever it is, and how everything that it writes is read. */

import type { CommittedReport } from "../../../runtime/observer.js";
import type { RowPage, RowPageOptions } from "../../../runtime/stores/index.js";
import type { ConsumedRecord, ProducedRecord } from "../../../runtime/task/index.js";
import type { ContractCodec, ContractName } from "../../../schemas/index.js";
import type { ProductOutcome, ProductSettings } from "../../../topology/index.js";

/** A life of an engine. */
export interface RunningProduct {
  readonly topicPrefix: string;
  codec(topic: string): ContractCodec<ContractName>;
  /** Appends records: of several topics, so that none is seen before the others. */
  append(records: readonly ProducedRecord[]): Promise<void>;
  /** Resolves when all that was appended is processed, and what follows from it is there to be read. */
  caughtUp(): Promise<void>;
  /** What was written to the topics since the last time, topic by topic and partition by partition. The changelog is not among them. */
  readNew(): Promise<readonly ConsumedRecord[]>;
  /** A page of a partition's rows. */
  page(partition: number, options: RowPageOptions): Promise<RowPage>;
  /** Ends this life, and begins the next one on the same data. */
  restart(): Promise<void>;
  /** Nothing of it is left. */
  close(): Promise<void>;
}

export interface ProductHostOptions {
  readonly settings: ProductSettings;
  readonly now: () => number;
  readonly committed: (report: CommittedReport<ProductOutcome>) => void;
}

export interface ProductHost {
  readonly name: string;
  /** Whether offsets count records alone: on Kafka the ends of transactions take some too. */
  readonly hasDenseOffsets: boolean;
  /** No checkpoint of a task holds more. */
  readonly maxCheckpointRecords: number;
  start(options: ProductHostOptions): Promise<RunningProduct>;
}

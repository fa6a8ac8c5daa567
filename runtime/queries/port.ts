/** What the queries need of an engine: a started one, or one that was only opened. */
import type { ContractCodec, ContractName } from "../../schemas/index.js";
import type { ReadableStore } from "../stores/store.js";
import type { ConsumedRecord } from "../task/index.js";

export interface LogPage {
  readonly records: readonly ConsumedRecord[];
  readonly nextOffset: number;
}

export interface QueriedLog {
  /** The first offset that is there. */
  startOffset(topic: string, partition: number): Promise<number>;
  /** Before it, everything that is to be read now. */
  endOffset(topic: string, partition: number): Promise<number>;
  /** A page of records from an offset on, and where to read on; at the end an empty one. */
  read(topic: string, partition: number, fromOffset: number): Promise<LogPage>;
}

export interface QueryPort {
  readonly log: QueriedLog;
  /** @throws NotHereError when another instance has the partition. */
  store(name: string, partition: number): ReadableStore;
  codec(topic: string): ContractCodec<ContractName>;
}

/** The engine's own settings. */
export interface QueriesOf {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
}

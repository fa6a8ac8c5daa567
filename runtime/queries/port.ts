/** What the queries need of an engine: a started one, or one that was only opened. */
import type { ContractCodec, ContractName } from "../../schemas/index.js";
import type { ReadableStore } from "../stores/store.js";
import type { ConsumedRecord } from "../task/index.js";

export interface LogPage {
  readonly records: readonly ConsumedRecord[];
  readonly nextOffset: number;
}

export interface QueriedLog {
  startOffset(topic: string, partition: number): number;
  endOffset(topic: string, partition: number): number;
  /** A page of records from an offset on, and where to read on. */
  read(topic: string, partition: number, fromOffset: number): Promise<LogPage>;
}

export interface QueryPort {
  readonly log: QueriedLog;
  store(name: string, partition: number): ReadableStore;
  codec(topic: string): ContractCodec<ContractName>;
}

/** The engine's own settings. */
export interface QueriesOf {
  readonly applicationId: string;
  readonly topicPrefix: string;
  readonly partitions: number;
}

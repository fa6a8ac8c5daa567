/** What both engines are to whoever runs one. */
import type { ContractCodec, ContractName } from "../schemas/index.js";
import type { EngineState, TaskState } from "./life-cycle.js";
import type { ProducedRecord } from "./task/index.js";

/** How many records of a source a task has not committed. */
export interface TopicLag {
  readonly topic: string;
  readonly records: number;
}

export interface TaskStatus {
  readonly subTopology: string;
  readonly partition: number;
  readonly state: TaskState;
  /** Records of its sources that it has not committed. */
  readonly lag: number;
  /** The same, by source. */
  readonly lags: readonly TopicLag[];
}

/** What the rows of a task take on the disk, about. */
export interface TaskBytes {
  readonly subTopology: string;
  readonly partition: number;
  readonly sizeBytes: number;
}

export interface Engine {
  readonly state: EngineState;
  /** Why it failed; null when it did not. */
  readonly failure: Error | null;
  /** The data folder's real path. */
  readonly folder: string;
  /** Of this instance. */
  readonly tasks: readonly TaskStatus[];
  /** Whether every task of this instance runs and has its stores. */
  readonly isReady: boolean;
  start(): void;
  /** Appends records; resolves when they are durable. Waits while too much is waiting. */
  append(records: readonly ProducedRecord[]): Promise<unknown>;
  /** Resolves when all that was appended so far, and what follows from it in this instance, is processed and durable. @throws the engine's failure */
  caughtUp(): Promise<void>;
  /** Resolves when it has ended: as asked, or because it failed. */
  ended(): Promise<void>;
  /** Finishes the checkpoints at hand and closes everything. May be called again. */
  stop(): Promise<void>;
  storeBytes(): Promise<readonly TaskBytes[]>;
  /** The codec of a topic's values. @throws Error when it has none. */
  codec(topic: string): ContractCodec<ContractName>;
}
